// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/resetproof.h"

#include "agent/desktop/files.h"
#include "agent/desktop/rdpkeys.h"
#include "protocols/base/encoding.h"

#include <algorithm>
#include <filesystem>

namespace wardesk::desktop {

namespace {

constexpr const char* markName = "/.wardesk-incarnation";
constexpr std::size_t longestMark = 256;

std::string lifeOf(const wire::AgentBootstrap& self)
{
    return self.desktop + ' ' + std::to_string(self.incarnation);
}

/// Own: of this life, or of an earlier one of a disk that is kept for the user whose mark it is.
bool isOwn(const std::string& mark, const wire::AgentBootstrap& self)
{
    if (mark == lifeOf(self) || mark.starts_with(lifeOf(self) + ' '))
        return true;
    const std::string owner = self.owner.value_or("");
    return !owner.empty() && mark.starts_with(self.desktop + ' ') && mark.ends_with(' ' + owner);
}

/// Which life left the mark; whose it was is in that life's lease, and not for everybody who reads
/// of the mark.
std::string lifeIn(const std::string& mark)
{
    const auto incarnation = mark.find(' ');
    return incarnation == std::string::npos ? mark
                                            : mark.substr(0, mark.find(' ', incarnation + 1));
}

/// One line of a small file.
std::string lineOf(const std::string& path)
{
    std::string text = readFile(path, longestMark).value_or("");
    text.resize(std::min(text.size(), text.find('\n')));
    return text;
}

std::vector<std::string> hostKeysIn(const std::string& directory)
{
    std::vector<std::string> keys;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("ssh_host_") || !name.ends_with(".pub"))
            continue;
        if (const auto text = readFile(entry.path().string()))
            keys.push_back(sha256Hex(*text));
    }
    std::sort(keys.begin(), keys.end());
    return keys;
}

}

ProofPlaces proofPlacesOf(const std::string& home)
{
    ProofPlaces places;
    places.directories = { home, "/tmp", "/var/tmp", "/run", "/dev/shm" };
    return places;
}

wire::ResetProof proveReset(const ProofPlaces& places, const wire::AgentBootstrap& self)
{
    wire::ResetProof proof;
    for (const std::string& directory : places.directories) {
        proof.places.push_back(directory);
        const auto mark = readOwnLine(directory + markName, longestMark);
        if (!mark && mark.error().code == Errc::notFound)
            continue;
        if (!mark || !isOwn(*mark, self))
            proof.marks.push_back(
                directory + markName + " of " + (mark ? lifeIn(*mark) : "what cannot be read"));
    }
    proof.machineId = lineOf(places.machineId);
    proof.bootId = lineOf(places.bootId);
    readKeys(places, proof);
    return proof;
}

void readKeys(const ProofPlaces& places, wire::ResetProof& proof)
{
    if (const auto certificate = readFile(places.rdpCertificate))
        proof.rdpKeySha256 = rdpKeySha256Of(*certificate);
    proof.hostKeysSha256 = hostKeysIn(places.hostKeys);
}

Result<void> plantMarks(
    const ProofPlaces& places, const wire::AgentBootstrap& self, const std::string& user)
{
    const std::string mark = lifeOf(self) + (user.empty() ? "" : ' ' + user) + '\n';
    Result<void> planted;
    for (const std::string& directory : places.directories) {
        auto written = replaceFile(directory + markName, mark, { 0444, std::nullopt });
        if (!written && planted)
            planted = std::move(written);
    }
    return planted;
}

}
