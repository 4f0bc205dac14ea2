# SPDX-License-Identifier: Apache-2.0
"""Measurements, side by side in one run, as ratios: this machine's seconds mean nothing elsewhere."""
