// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <QList>
#include <QSslConfiguration>
#include <QSslError>
#include <QString>

namespace wardesk::client {

/// TLS 1.2 or later, the certificates in this PEM file and nothing else: what the computer trusts
/// for web pages does not count here.
[[nodiscard]] Result<QSslConfiguration> trustOnly(const QString& caFile);
/// Why a broker's certificate was refused, and what to do.
[[nodiscard]] Error explainCertificate(const QList<QSslError>& errors);

}
