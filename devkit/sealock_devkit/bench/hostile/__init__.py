# SPDX-License-Identifier: Apache-2.0
"""`sealock bench hostile`: what strangers, and a hostile connector, cost everybody else."""
