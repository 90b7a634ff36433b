"""Addresses that strangers give to be led inside, in every spelling known; each is a host, or a whole URL."""

from ipaddress import IPv4Address, IPv6Address

# What nobody outside should be able to make the service call.
INSIDE_4 = (
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255"),
    *("127.0.0.1", "127.0.0.2", "127.1.2.3", "127.255.255.255", "168.63.129.16", "169.254.0.1", "169.254.169.254"),
    *("169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.0.192", "192.0.2.1"),
    *("192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "224.0.1.1", "232.1.1.1", "233.252.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.254"),
    *("255.255.255.255", "192.31.196.1", "192.52.193.1", "192.175.48.1"),
)
INSIDE_6 = (
    *("::", "::1", "::2", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:0:127.0.0.1", "::ffff:8.8.8.8", "::8.8.8.8"),
    *(
        "64:ff9b::127.0.0.1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "64:ff9b:1:ffff:ffff:ffff:7f00:1",
        "100::1",
        "100:0:0:1::1",
    ),
    *("2001::1", "2001:0:7f00:1::1", "2001:1::1", "2001:2::1", "2001:3::1", "2001:10::1", "2001:20::1", "2001:30::1"),
    *("2001:db8::1", "2002::1", "2002:7f00:1::1", "2002:a9fe:a9fe::1", "2002:808:808::1", "2620:4f:8000::1", "3fff::1"),
    *("4000::1", "5f00::1", "6000::1", "8000::1", "c000::1", "f000::1", "fc00::1", "fd00::1", "fd00:ec2::254"),
    *(
        "fd20:ce::254",
        "fe00::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "feff::1",
        "ff00::1",
        "ff02::1",
        "ff05::2",
        "ff0e::1",
    ),
    *("2606:4700::5efe:7f00:1", "2606:4700::200:5efe:7f00:1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
)
OUTSIDE = (
    *("1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "198.20.0.1", "223.255.255.254"),
    *("2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001:81b::2004", "2400:cb00:2048:1::c629:d7a2"),
)

_DIGITS = {"full-width": 0xFF10, "bold": 0x1D7CE, "Arabic": 0x0660, "Devanagari": 0x0966}
_DOTS = {"ideographic": "\u3002", "full-width": "\uff0e", "half-width": "\uff61", "one-dot leader": "\u2024"}


def spellings(address: str) -> list[str]:
    """Return other ways to write an IPv4 address, most of which the C library reads as just that."""
    number = int(IPv4Address(address))
    a, b, c, d = IPv4Address(address).packed
    low, lower = number & 0xFFFFFF, number & 0xFFFF
    found = [str(number), hex(number), hex(number).upper(), f"0{number:o}", f"00000{number:o}", f"0x00000000{number:x}"]
    found += [str(number + 2**32), f"-{2**32 - number}", f"{number}.", f"{a}.{low}", f"{a}.{b}.{lower}"]
    found += [f"{a:#x}.{low}", f"{a:#x}.{low:#x}", f"0{a:o}.{low}", f"0{a:o}.0{low:o}", f"{a}.{b}.{lower:#x}"]
    found += [f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"{a:#x}.{b:#x}.{c:#x}.{d:#x}", f"{a:03}.{b:03}.{c:03}.{d:03}"]
    found += [f"{a}.{b}.{c}.{d:#x}", f"{a}.{b}.{c}.0{d:o}", f"{a:#x}.{b}.{c}.{d}", f"0{a:o}.{b}.{c}.{d}"]
    found += [
        f"{a}.{b}.{c}.{d}.",
        f"{a}.{b}.{c}.{d}..",
        f".{a}.{b}.{c}.{d}",
        f"{a}..{b}.{c}.{d}",
        f"{a}.{b}.{c}.{d}%20",
    ]
    found += [
        f"{a + 256}.{b}.{c}.{d}",
        f"{a}.{b}.{c}.{d + 256}",
        f"{a}.{b}.{c}.{d}.0",
        f"{a}.{b}.{c}.0x",
        f"{a}.{b}.{c}.",
    ]
    found += ["".join(f"%{ord(letter):02x}" for letter in address), address.replace(".", "%2e"), f"{address}%00"]
    found += [
        f"{address}\x00",
        f"{address}\t",
        f"{address}\n.example",
        f"{address} ",
        f" {address}",
        f"\u200b{address}",
    ]
    found += [address.replace(".", dot) for dot in _DOTS.values()]
    found += ["".join(chr(zero + int(x)) if x.isdigit() else x for x in address) for zero in _DIGITS.values()]
    found += ["".join(chr(0x2460 + int(x) - 1) if x in "123456789" else x for x in address)]
    return found


def wrapped(address: str) -> list[str]:
    """Return IPv6 addresses, in brackets, that carry an IPv4 address."""
    number = int(IPv4Address(address))
    numbers = [number | prefix for prefix in (0, 0xFFFF << 32, 0xFFFF << 48, 0x64FF9B << 96, 0x64FF9B0001 << 80)]
    numbers += [
        0x2002 << 112 | number << 80 | 1,
        0x20010000 << 96 | number << 64,
        0x20010000 << 96 | number ^ 0xFFFFFFFF,
    ]
    numbers += [0x2A0014504001081B << 64 | 0x00005EFE << 32 | number]
    texts = [str(IPv6Address(number)) for number in numbers]
    texts += [IPv6Address(numbers[1]).exploded, f"::ffff:{address}", f"::FFFF:{address}", f"0:0:0:0:0:ffff:{address}"]
    texts += [f"::ffff:{address}%25eth0", f"::ffff:{address}%eth0", f"fe80::{address}", f"::{address}"]
    return [f"[{text}]" for text in texts]


HOSTS = (
    *(host for address in ("127.0.0.1", "169.254.169.254", "10.0.0.1") for host in spellings(address)),
    *(host for address in ("127.0.0.1", "169.254.169.254", "192.168.1.1") for host in wrapped(address)),
    *INSIDE_4,
    *(f"[{address}]" for address in INSIDE_6),
    *("0", "00", "0x0", "0x", "0.0", "1", "127.1", "127.0.1", "017700000001", "0x7f.1", "0x7f.0x1", "0177.1", "[0]"),
    *("[::1%25lo]", "[::1%lo]", "[fe80::1%25eth0]", "[::1]]", "[[::1]]", "[::1", "::1]", "::1", "[127.0.0.1]", "[]"),
    *("localhost", "LOCALHOST", "localhost.", "[localhost]", "[v1.fe80::1]", "[::1].example", "[0:0:0:0:0:0:0:1]"),
    *(
        "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
        "ｌｏｃａｌｈｏｓｔ",
        "loca\u00adlhost",
        "local\u200bhost",
        "localhoſt",
        "loc\u0430lhost",
        "\u2488\u2488",
    ),
    *("-a.example", "a-.example", "a..example", ".example", "example.", "a_b.example", "a" * 64 + ".example", ""),
    *(
        "a.example%2f",
        "a.example%00.b",
        "a.example%23@b",
        "xn--.example\u3002",
        "b\u00fccher\u3002example",
        "*.example",
    ),
    *("a.example,b.example", "a.example;b", "a.example'b", "a.example|b", "{a}.example", "${a}", "a`b.example", "a<b"),
)
# With {port} for the port of the server inside.
URLS = (
    *("http:127.0.0.1:{port}/", "http:/127.0.0.1:{port}/", "http:///127.0.0.1:{port}/", "http:////127.0.0.1:{port}/"),
    *("//127.0.0.1:{port}/", "127.0.0.1:{port}", "http:\\\\127.0.0.1:{port}\\", "http://127.0.0.1:{port}\\@a.example/"),
    *("http://a.example\\@127.0.0.1:{port}/", "http://a.example@127.0.0.1:{port}/", "http://a:b@127.0.0.1:{port}/"),
    *("http://127.0.0.1:{port}#@a.example/", "http://127.0.0.1:{port}?@a.example/", "http://@127.0.0.1:{port}/"),
    *("http://a.example:80@127.0.0.1:{port}/", "http://127.0.0.1:{port}:80/", "http://127.0.0.1:80:{port}/"),
    *("http://127.0.0.1: {port}/", "http://127.0.0.1:+{port}/", "http://127.0.0.1:0{port}/", "http://127.0.0.1:/"),
    *(
        "http://127.0.0.1:{port}\r\nHost: a.example/",
        "http://127.0.0.1:{port}/\r\nX: y",
        "http://127.0.0.1:{port}/ a b",
    ),
    *(
        "http://127.0.0.1:{port}/\x00",
        "http://127.0.0.1:{port}/\x7f",
        "http://127.0.0.1:{port}/\ud800",
        "\x01http://a/",
    ),
    *(
        " http://127.0.0.1:{port}/",
        "ht\ntp://127.0.0.1:{port}/",
        "http\t://127.0.0.1:{port}/",
        "httpſ://127.0.0.1:{port}/",
    ),
    *("ftp://127.0.0.1:{port}/", "file:///etc/passwd", "file://127.0.0.1/etc/passwd", "gopher://127.0.0.1:{port}/_x"),
    *("dict://127.0.0.1:{port}/", "ldap://127.0.0.1:{port}/", "jar:http://127.0.0.1:{port}/!/", "unix:///run/a.sock"),
    *(
        "http+unix://%2Frun%2Fa.sock/",
        "javascript:alert(1)",
        "data:text/plain,a",
        "ws://127.0.0.1:{port}/",
        "",
        "http://",
    ),
    *("https://127.0.0.1:{port}/", "HTTP://127.0.0.1:{port}/", "https:///", "http://?", "http://#", "http://:{port}/"),
    *(
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::ffff:7f00:1]:{port}/",
        "http://[::1]:{port}/",
        "http://0:{port}/",
    ),
    *("http://localhost:{port}/", "http://127.0.0.1:{port}/" + "a" * 5000, "http://127.0.0.1:{port}/a\u2028b"),
    *("http://a.example:65536/", "http://a.example:-1/", "http://a.example:\uff18\uff10/", "http://a.example:0x50/"),
)
