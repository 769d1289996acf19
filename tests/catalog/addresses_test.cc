#include "catalog/addresses.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <string>

namespace {

constexpr const char* open_addresses[] = {
    "1.1.1.1",           "8.8.8.8",          "9.255.255.255",        "11.0.0.0",
    "100.63.255.255",    "100.128.0.0",      "126.255.255.255",      "128.0.0.0",
    "169.253.255.255",   "169.255.0.0",      "172.15.255.255",       "172.32.0.0",
    "192.0.1.0",         "192.167.255.255",  "192.169.0.0",          "198.17.255.255",
    "198.20.0.0",        "223.255.255.255",  "168.63.129.17",        "2606:4700::1111",
    "2a00:1450:4001::1", "2001:200::1",      "2001:4860:4860::8888", "2003::1",
    "::ffff:8.8.8.8",    "64:ff9b::8.8.8.8",
};

constexpr const char* closed_addresses[] = {
    "0.0.0.0",
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.255",
    "169.254.0.0",
    "169.254.169.254",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.0",
    "192.168.255.255",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "100.100.100.200",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "100::1",
    "2001::1",
    "2001:1ff::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "64:ff9b:1::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1",
    "64:ff9b::7f00:1",
    "",
    "localhost",
    "1.2.3",
    "0x7f000001",
    "[::1]",
    "8.8.8.8 ",
    "8.8.8.8/8",
};

}  // namespace

TEST_CASE("only addresses of the public internet are open to what strangers wrote") {
  for (const char* address : open_addresses) {
    CAPTURE(std::string(address));
    CHECK(catalog::is_public_address(address));
  }
  for (const char* address : closed_addresses) {
    CAPTURE(std::string(address));
    CHECK_FALSE(catalog::is_public_address(address));
  }
}

TEST_CASE("the address about to be connected to is judged like its text") {
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  ::inet_pton(AF_INET, "8.8.8.8", &ipv4.sin_addr);
  CHECK(catalog::is_public_address(reinterpret_cast<const sockaddr&>(ipv4)));
  ::inet_pton(AF_INET, "169.254.169.254", &ipv4.sin_addr);
  CHECK_FALSE(catalog::is_public_address(reinterpret_cast<const sockaddr&>(ipv4)));

  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  ::inet_pton(AF_INET6, "2606:4700::1111", &ipv6.sin6_addr);
  CHECK(catalog::is_public_address(reinterpret_cast<const sockaddr&>(ipv6)));
  ::inet_pton(AF_INET6, "::ffff:10.0.0.1", &ipv6.sin6_addr);
  CHECK_FALSE(catalog::is_public_address(reinterpret_cast<const sockaddr&>(ipv6)));

  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  CHECK_FALSE(catalog::is_public_address(reinterpret_cast<const sockaddr&>(local)));
}
