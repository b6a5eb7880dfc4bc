// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/api/trust.h"

#include <QFile>
#include <QSslCertificate>

namespace wardesk::client {

Result<QSslConfiguration> trustOnly(const QString& caFile)
{
    QFile file(caFile);
    if (!file.open(QIODevice::ReadOnly))
        return failure(Errc::notFound,
            "The broker's certificate file " + caFile.toStdString()
                + " cannot be read: " + file.errorString().toStdString() + ". Ask IT for it.");
    const auto certificates = QSslCertificate::fromData(file.read(1 << 20), QSsl::Pem);
    if (certificates.isEmpty())
        return failure(Errc::invalidArgument,
            "The file " + caFile.toStdString()
                + " holds no certificate. Ask IT for the broker's one.");
    QSslConfiguration configuration;
    configuration.setCaCertificates(certificates); // this also switches the system's store off
    configuration.setProtocol(QSsl::TlsV1_2OrLater);
    configuration.setPeerVerifyMode(QSslSocket::VerifyPeer);
    return configuration;
}

Error explainCertificate(const QList<QSslError>& errors)
{
    for (const QSslError& error : errors) {
        if (error.error() == QSslError::CertificateExpired
            || error.error() == QSslError::CertificateNotYetValid)
            return { Errc::untrusted,
                "The broker's certificate is out of date, or this computer's clock is wrong. Tell "
                "IT." };
        if (error.error() == QSslError::HostNameMismatch)
            return { Errc::untrusted,
                "The broker's certificate belongs to another address. Tell IT." };
    }
    return { Errc::untrusted,
        "What answered is not the hospital's broker: its certificate is not trusted. "
        "Do not go on; tell IT." };
}

}
