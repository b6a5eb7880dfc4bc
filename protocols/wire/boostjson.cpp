// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
// Boost.JSON is header-only here: its one translation unit.
#include <boost/json/src.hpp>
