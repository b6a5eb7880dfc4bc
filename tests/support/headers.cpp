// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
// Nothing but the precompiled header of the tests (tests/CMakeLists.txt).
