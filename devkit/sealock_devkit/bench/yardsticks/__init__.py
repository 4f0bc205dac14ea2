# SPDX-License-Identifier: Apache-2.0
"""
What the edge is compared with: the usual ways to write such a service, without what makes it safe.

`make yardsticks` installs what they need into `.bench`, as far as this machine has Node and Go.
"""
