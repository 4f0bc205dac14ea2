# SPDX-License-Identifier: Apache-2.0
"""One class for each endpoint: nothing but the order of events. Errors climb to the handlers of `problems`."""
