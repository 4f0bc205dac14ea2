# SPDX-License-Identifier: Apache-2.0
"""What nobody deploys: a local Zendesk, emulators of origins, the demo, the doctor, the benchmark."""

__version__ = "0.1.0"
