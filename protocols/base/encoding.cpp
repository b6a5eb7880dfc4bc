// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/base/encoding.h"

#include <sodium.h>

namespace wardesk {

namespace {

void ensureSodium()
{
    static const int ready = sodium_init();
    if (ready < 0)
        std::abort(); // no source of randomness: nothing safe can be done
}

const unsigned char* bytesOf(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string toBase64Variant(std::string_view bytes, int variant)
{
    ensureSodium();
    std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytesOf(bytes), bytes.size(), variant);
    text.pop_back(); // the terminator that libsodium counts
    return text;
}

Result<std::string> fromBase64Variant(std::string_view text, int variant)
{
    ensureSodium();
    std::string bytes(text.size(), '\0');
    std::size_t length = 0;
    const char* end = nullptr;
    const int bad = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
        text.data(), text.size(), nullptr, &length, &end, variant);
    if (bad != 0 || end != text.data() + text.size())
        return failure(Errc::invalidArgument, "not valid base64");
    bytes.resize(length);
    return bytes;
}

}

std::string toHex(std::string_view bytes)
{
    std::string text(bytes.size() * 2 + 1, '\0');
    sodium_bin2hex(text.data(), text.size(), bytesOf(bytes), bytes.size());
    text.pop_back();
    return text;
}

Result<std::string> fromHex(std::string_view text)
{
    std::string bytes(text.size() / 2, '\0');
    std::size_t length = 0;
    const char* end = nullptr;
    const int bad = sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
        text.data(), text.size(), nullptr, &length, &end);
    if (bad != 0 || end != text.data() + text.size() || text.size() % 2 != 0)
        return failure(Errc::invalidArgument, "not valid hexadecimal");
    return bytes;
}

std::string toBase64Url(std::string_view bytes)
{
    return toBase64Variant(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

Result<std::string> fromBase64Url(std::string_view text)
{
    return fromBase64Variant(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::string toBase64(std::string_view bytes)
{
    return toBase64Variant(bytes, sodium_base64_VARIANT_ORIGINAL);
}

Result<std::string> fromBase64(std::string_view text)
{
    return fromBase64Variant(text, sodium_base64_VARIANT_ORIGINAL);
}

std::string sha256Hex(std::string_view bytes)
{
    std::string digest(crypto_hash_sha256_BYTES, '\0');
    crypto_hash_sha256(
        reinterpret_cast<unsigned char*>(digest.data()), bytesOf(bytes), bytes.size());
    return toHex(digest);
}

std::string randomBytes(std::size_t count)
{
    ensureSodium();
    std::string bytes(count, '\0');
    randombytes_buf(bytes.data(), bytes.size());
    return bytes;
}

std::string randomToken(std::size_t bytes)
{
    return toBase64Url(randomBytes(bytes));
}

namespace {

std::string uuidOf(std::string bytes, int version)
{
    bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0f) | (version << 4));
    bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3f) | 0x80);
    const std::string hex = toHex(bytes);
    return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-'
        + hex.substr(16, 4) + '-' + hex.substr(20);
}

}

std::string randomUuid()
{
    return uuidOf(randomBytes(16), 4);
}

std::string timeOrderedUuid(WallTime time)
{
    const auto milliseconds = static_cast<std::uint64_t>(time.time_since_epoch().count());
    std::string bytes;
    for (int shift = 40; shift >= 0; shift -= 8)
        bytes += static_cast<char>(milliseconds >> shift);
    return uuidOf(bytes + randomBytes(10), 7);
}

}
