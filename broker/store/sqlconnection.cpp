// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/sqlconnection.h"

#include "broker/store/sqlerrors.h"
#include "broker/store/sqltext.h"

namespace wardesk::broker::sql {

const char* nameOf(Dialect dialect)
{
    switch (dialect) {
    case Dialect::sqlite:
        return "sqlite";
    case Dialect::postgresql:
        return "postgresql";
    }
    return "";
}

Result<void> checkValue(const Value& value)
{
    const std::string* text = value.text();
    if (text != nullptr && text->find('\0') != std::string::npos)
        return failure(Errc::invalidArgument, "a text cannot have the character NUL in it");
    return {};
}

Result<void> Connection::executeEach(const char* name)
{
    auto texts = m_texts.find(std::string_view(name));
    if (texts == m_texts.end())
        texts = m_texts.emplace(name, statementsNamed(nameOf(m_dialect), name)).first;
    for (const std::string& statement : texts->second) {
        if (Result<void> done = executeText(statement); !done)
            return done;
    }
    return {};
}

Error Connection::note(Failure failed)
{
    m_remedy = failed.remedy;
    m_readOnly = m_readOnly || failed.readOnly;
    return std::move(failed.error);
}

}
