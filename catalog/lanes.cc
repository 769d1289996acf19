#include "catalog/lanes.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

namespace catalog {
namespace {

// Received bytes are handed on in pieces of up to this size. The buffer is allocated by libcurl for
// the time of a transfer only; larger ones gain nothing measurable, and 256 transfers have one
// each.
constexpr long buffer_bytes = 16'384;

struct Number {
  CURLoption option;
  long value;
};

constexpr Number fixed_numbers[] = {
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_QUICK_EXIT, 1},                        // never wait for a resolver thread
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},  // cancelling is closing a socket
    {CURLOPT_HTTP09_ALLOWED, 0},
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
    {CURLOPT_TCP_NODELAY, 1},
    {CURLOPT_TCP_KEEPALIVE, 1},
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_BUFFERSIZE, buffer_bytes},
    {CURLOPT_UPLOAD_BUFFERSIZE, buffer_bytes},
};

bool is_hash_link(const std::string& name) {
  return name.size() > 9 && name[8] == '.' && name.find_first_not_of("0123456789abcdef") == 8;
}

// The system's certificates as a directory with hash links, where libcurl knows of one. Reading the
// bundle instead costs each lane 12 ms of CPU and parses 140 certificates; a link is looked up.
std::string hashed_ca_directory() {
  const char* path = curl_version_info(CURLVERSION_NOW)->capath;
  if (path == nullptr) return {};
  std::error_code error;
  for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    if (is_hash_link(entry->path().filename().string())) return path;
  }
  return {};
}

bool same(const Credential& a, const Credential* b) {
  if (b == nullptr || b->secret.empty()) return a.secret.empty();
  return a.secret.reveal() == b->secret.reveal() && a.header == b->header && a.prefix == b->prefix;
}

}  // namespace

Shared::Shared() {
  curl_global_init(CURL_GLOBAL_DEFAULT);  // never undone: other threads may be inside libcurl
  share_ = curl_share_init();
  curl_share_setopt(share_, CURLSHOPT_LOCKFUNC, &Shared::lock);
  curl_share_setopt(share_, CURLSHOPT_UNLOCKFUNC, &Shared::unlock);
  curl_share_setopt(share_, CURLSHOPT_USERDATA, this);
  curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
}

Shared::~Shared() { curl_share_cleanup(share_); }

void Shared::lock(CURL*, curl_lock_data what, curl_lock_access, void* shared) noexcept {
  static_cast<Shared*>(shared)->locks_[what].lock();
}

void Shared::unlock(CURL*, curl_lock_data what, void* shared) noexcept {
  static_cast<Shared*>(shared)->locks_[what].unlock();
}

Lane::Lane(const Shared& shared, const LaneSettings& settings, const Url& url,
           const Exchange& exchange)
    : multi_(curl_multi_init()),
      easy_(curl_easy_init()),
      origin_(url.origin()),
      public_addresses_only_(exchange.public_addresses_only) {
  if (!multi_ || !easy_) throw std::bad_alloc();
  if (exchange.credential != nullptr && !exchange.credential->secret.empty()) {
    credential_ = *exchange.credential;
  }
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, 1L);
  set_fixed_options(shared);
  set_trust(settings);
  // Through a proxy nobody could say which address is reached, and loopback must stay on the
  // machine.
  const bool direct = public_addresses_only_ || is_loopback(url.host) || !settings.use_env_proxy;
  if (direct) set(CURLOPT_PROXY, "");
}

void Lane::set_fixed_options(const Shared& shared) {
  for (const Number& number : fixed_numbers) set(number.option, number.value);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_USERAGENT, "patchbay/0.1");
  set(CURLOPT_SHARE, shared.handle());
}

void Lane::set_trust(const LaneSettings& settings) {
  if (origin_.starts_with("http:")) return;
  if (!settings.ca_file.empty()) {
    set(CURLOPT_CAINFO, settings.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    return;
  }
  static const std::string directory = hashed_ca_directory();
  if (directory.empty()) return;
  set(CURLOPT_CAINFO, static_cast<const char*>(nullptr));
  set(CURLOPT_CAPATH, directory.c_str());
}

bool Lane::serves(const std::string& origin, const Exchange& exchange) const {
  return origin_ == origin && public_addresses_only_ == exchange.public_addresses_only &&
         same(credential_, exchange.credential);
}

Lanes::~Lanes() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  sooner_.notify_all();
  if (sweeper_.joinable()) sweeper_.join();
}

std::unique_ptr<Lane> Lanes::take(const LaneSettings& settings, const Url& url,
                                  const Exchange& exchange) {
  std::call_once(shared_once_, [this] { shared_ = std::make_unique<Shared>(); });
  if (std::unique_ptr<Lane> lane = take_idle(url.origin(), exchange)) return lane;
  return std::make_unique<Lane>(*shared_, settings, url, exchange);
}

std::unique_ptr<Lane> Lanes::take_idle(const std::string& origin, const Exchange& exchange) {
  const Clock::time_point now = Clock::now();
  std::lock_guard lock(mutex_);
  const auto found = std::find_if(idle_.rbegin(), idle_.rend(), [&](const auto& lane) {
    return lane->idle_until > now && lane->serves(origin, exchange);
  });
  if (found == idle_.rend()) return nullptr;
  std::unique_ptr<Lane> lane = std::move(*found);
  idle_.erase(std::next(found).base());
  return lane;
}

void Lanes::give_back(std::unique_ptr<Lane> lane) {
  if (lane->may_idle.count() <= 0) return;
  const Clock::time_point due = Clock::now() + std::min(lane->may_idle, longest_idle);
  lane->idle_until = due;
  std::lock_guard lock(mutex_);
  idle_.push_back(std::move(lane));
  if (!sweeping_) {
    start_sweeping();
  } else if (due < next_sweep_) {
    sooner_.notify_one();
  }
}

Lanes::Idle Lanes::take_due(Clock::time_point now) {
  const auto rest = std::stable_partition(
      idle_.begin(), idle_.end(), [now](const auto& lane) { return lane->idle_until <= now; });
  Idle due(std::make_move_iterator(idle_.begin()), std::make_move_iterator(rest));
  idle_.erase(idle_.begin(), rest);
  return due;
}

// Called under the lock. A former sweeper set `sweeping_` to false as its last act under it, so
// that joining it takes no time.
void Lanes::start_sweeping() {
  if (sweeper_.joinable()) sweeper_.join();
  try {
    sweeper_ = std::thread([this] { sweep(); });
    sweeping_ = true;
  } catch (const std::system_error&) {
    // No thread to be had: the lanes stay until the next call that ends can start one.
  }
}

void Lanes::sweep() {
  std::unique_lock lock(mutex_);
  while (!closing_ && !idle_.empty()) {
    const auto first = std::min_element(
        idle_.begin(), idle_.end(),
        [](const auto& a, const auto& b) { return a->idle_until < b->idle_until; });
    next_sweep_ = (*first)->idle_until;
    sooner_.wait_until(lock, next_sweep_);
    Idle due = take_due(Clock::now());
    lock.unlock();
    due.clear();  // closes sockets: not under the lock
    lock.lock();
  }
  sweeping_ = false;
}

}  // namespace catalog
