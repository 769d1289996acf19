// Which network addresses a URL written by a stranger may lead to: only those of the public
// internet, so that an agent card cannot make us talk to this machine, its network or a cloud's
// metadata service (reliability facts, TM9). Pure; called at connect time with the address about to
// be used, on the thread that connects, so that a name cannot change its meaning between the check
// and the use.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

struct sockaddr;

namespace catalog {

using Ipv4Bytes = std::array<std::uint8_t, 4>;   // network order
using Ipv6Bytes = std::array<std::uint8_t, 16>;  // network order

// False for everything the IANA special-purpose registry does not call globally reachable, for
// multicast, and for the one public address that is a cloud's own service (168.63.129.16).
bool is_public(const Ipv4Bytes& address);

// Likewise. Forms that carry an IPv4 address (mapped, NAT64) are as public as what they carry;
// tunnels (6to4, Teredo), whose far end cannot be told, are not.
bool is_public(const Ipv6Bytes& address);

// A literal such as "10.0.0.1" or "fe80::1", without brackets; false for anything else.
bool is_public_address(std::string_view literal);

// False for every family but IPv4 and IPv6.
bool is_public_address(const sockaddr& address);

}  // namespace catalog
