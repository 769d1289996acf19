#include "catalog/addresses.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

namespace catalog {
namespace {

template <std::size_t size>
struct Range {
  std::array<std::uint8_t, size> prefix;
  int bits;
};

constexpr Range<4> closed_ipv4[] = {
    {{0, 0, 0, 0}, 8},         // this network
    {{10, 0, 0, 0}, 8},        // private
    {{100, 64, 0, 0}, 10},     // carrier-grade NAT
    {{127, 0, 0, 0}, 8},       // loopback
    {{168, 63, 129, 16}, 32},  // Azure's host service
    {{169, 254, 0, 0}, 16},    // link-local, metadata services
    {{172, 16, 0, 0}, 12},     // private
    {{192, 0, 0, 0}, 24},      // protocol assignments
    {{192, 0, 2, 0}, 24},      // documentation
    {{192, 88, 99, 0}, 24},    // 6to4 relays
    {{192, 168, 0, 0}, 16},    // private
    {{198, 18, 0, 0}, 15},     // benchmarks
    {{198, 51, 100, 0}, 24},   // documentation
    {{203, 0, 113, 0}, 24},    // documentation
    {{224, 0, 0, 0}, 4},       // multicast
    {{240, 0, 0, 0}, 4},       // reserved, broadcast
};

constexpr Range<16> global_ipv6 = {{0x20}, 3};

constexpr Range<16> closed_ipv6[] = {
    {{0x20, 0x01}, 23},              // protocol assignments, Teredo
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x20, 0x02}, 16},              // 6to4
    {{0x3f, 0xff}, 20},              // documentation
};

constexpr Range<16> carrying_ipv4[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96},  // IPv4-mapped
    {{0x00, 0x64, 0xff, 0x9b}, 96},                    // NAT64
};

template <std::size_t size>
bool contains(const Range<size>& range, const std::array<std::uint8_t, size>& address) {
  const auto whole = static_cast<std::size_t>(range.bits / 8);
  if (!std::equal(address.begin(), address.begin() + whole, range.prefix.begin())) return false;
  if (range.bits % 8 == 0) return true;
  const int mask = 0xff << (8 - range.bits % 8);
  return ((address[whole] ^ range.prefix[whole]) & mask) == 0;
}

template <std::size_t size, std::size_t count>
bool any_contains(const Range<size> (&ranges)[count],
                  const std::array<std::uint8_t, size>& address) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [&](const Range<size>& range) { return contains(range, address); });
}

}  // namespace

bool is_public(const Ipv4Bytes& address) { return !any_contains(closed_ipv4, address); }

bool is_public(const Ipv6Bytes& address) {
  if (any_contains(carrying_ipv4, address)) {
    return is_public(Ipv4Bytes{address[12], address[13], address[14], address[15]});
  }
  return contains(global_ipv6, address) && !any_contains(closed_ipv6, address);
}

bool is_public_address(std::string_view literal) {
  const std::string text(literal);
  Ipv4Bytes ipv4;
  if (::inet_pton(AF_INET, text.c_str(), ipv4.data()) == 1) return is_public(ipv4);
  Ipv6Bytes ipv6;
  return ::inet_pton(AF_INET6, text.c_str(), ipv6.data()) == 1 && is_public(ipv6);
}

bool is_public_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    Ipv4Bytes bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
    return is_public(bytes);
  }
  if (address.sa_family != AF_INET6) return false;
  Ipv6Bytes bytes;
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, 16);
  return is_public(bytes);
}

}  // namespace catalog
