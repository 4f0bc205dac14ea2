# SPDX-License-Identifier: Apache-2.0
"""`sealock demo`: the whole system at work, for people to play with or playing by itself."""
