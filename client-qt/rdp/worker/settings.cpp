// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/worker/settings.h"

#include <algorithm>
#include <cstring>
#include <freerdp/channels/cliprdr.h>
#include <string.h>

namespace wardesk::rdp {

namespace {

constexpr std::uint16_t tls12 = 0x0303;
constexpr std::uint32_t connectionTypeLan
    = 6; // MS-RDPBCGR 2.2.1.3.2; the server then picks no "slow line" encoder
constexpr std::uint32_t largePointer96 = 1; // MS-RDPBCGR 2.2.7.2.7

/// So that a long list of settings reads as a list and still stops at the first refusal.
class Setter
{
public:
    explicit Setter(rdpSettings* settings)
        : m_settings(settings)
    {
    }
    void set(FreeRDP_Settings_Keys_Bool key, bool value)
    {
        m_good = m_good && freerdp_settings_set_bool(m_settings, key, value ? TRUE : FALSE);
    }
    void set(FreeRDP_Settings_Keys_UInt16 key, std::uint16_t value)
    {
        m_good = m_good && freerdp_settings_set_uint16(m_settings, key, value);
    }
    void set(FreeRDP_Settings_Keys_UInt32 key, std::uint32_t value)
    {
        m_good = m_good && freerdp_settings_set_uint32(m_settings, key, value);
    }
    void set(FreeRDP_Settings_Keys_String key, const char* value)
    {
        m_good = m_good && freerdp_settings_set_string(m_settings, key, value);
    }
    [[nodiscard]] bool good() const { return m_good; }

private:
    rdpSettings* m_settings;
    bool m_good = true;
};

void setSecurity(Setter& setter, const ConnectRequest& request)
{
    setter.set(FreeRDP_TlsSecurity, true);
    setter.set(FreeRDP_NlaSecurity, request.networkLevelAuthentication);
    setter.set(FreeRDP_RdpSecurity, false);
    setter.set(FreeRDP_UseRdpSecurityLayer, false);
    setter.set(FreeRDP_ExtSecurity, false);
    setter.set(FreeRDP_RdstlsSecurity, false);
    setter.set(FreeRDP_AadSecurity, false);
    setter.set(FreeRDP_NegotiateSecurityLayer, true);
    setter.set(FreeRDP_TLSMinVersion, tls12);
    setter.set(FreeRDP_TlsSecLevel, std::uint32_t { 2 });
    setter.set(FreeRDP_ExternalCertificateManagement, true);
    setter.set(FreeRDP_IgnoreCertificate, false);
    setter.set(FreeRDP_AutoAcceptCertificate, false);
    setter.set(FreeRDP_AutoLogonEnabled, true);
    setter.set(FreeRDP_AutoReconnectionEnabled, false);
    setter.set(FreeRDP_SupportErrorInfoPdu, true);
    // Nothing is looked up or written in the user's home.
    setter.set(FreeRDP_ConfigPath, "/nonexistent/wardesk");
    setter.set(FreeRDP_BitmapCachePersistEnabled, false);
}

void setGraphics(Setter& setter, const ConnectRequest& request)
{
    setter.set(FreeRDP_DesktopWidth, std::uint32_t { request.width });
    setter.set(FreeRDP_DesktopHeight, std::uint32_t { request.height });
    if (request.scalePercent > 100) {
        setter.set(FreeRDP_DesktopScaleFactor,
            std::uint32_t { std::min<std::uint16_t>(request.scalePercent, 500) });
        setter.set(FreeRDP_DeviceScaleFactor, std::uint32_t { 100 });
    }
    setter.set(FreeRDP_ColorDepth, std::uint32_t { 32 });
    setter.set(FreeRDP_SupportGraphicsPipeline, true);
    setter.set(FreeRDP_GfxH264, true);
    setter.set(FreeRDP_GfxAVC444, true);
    setter.set(FreeRDP_GfxAVC444v2, true);
    setter.set(FreeRDP_GfxProgressive, true);
    setter.set(FreeRDP_GfxProgressiveV2, true);
    setter.set(FreeRDP_RemoteFxCodec, true);
    setter.set(FreeRDP_SoftwareGdi, true);
    setter.set(FreeRDP_CompressionEnabled, true);
    setter.set(FreeRDP_NetworkAutoDetect, false);
    setter.set(FreeRDP_ConnectionType, connectionTypeLan);
    setter.set(FreeRDP_LargePointerFlag, largePointer96);
    setter.set(FreeRDP_SupportDisplayControl, true);
    setter.set(FreeRDP_DynamicResolutionUpdate, true);
}

}

bool applySettings(rdpSettings* settings, const ConnectRequest& request)
{
    Setter setter(settings);
    setter.set(FreeRDP_ServerHostname, request.address.c_str());
    setter.set(FreeRDP_ServerPort, std::uint32_t { request.port });
    setter.set(FreeRDP_ClientHostname, "wardesk");
    setSecurity(setter, request);
    setGraphics(setter, request);

    // Input
    setter.set(FreeRDP_KeyboardLayout, request.keyboardLayout);
    setter.set(FreeRDP_UnicodeInput, true);
    setter.set(FreeRDP_HasHorizontalWheel, true);
    setter.set(FreeRDP_HasExtendedMouseEvent, true);

    // Channels: those three of PreConnect and no other, whatever a default says (S6). Dynamic
    // channels are served by the one thread, in order, so that no lock is needed anywhere in the
    // worker.
    setter.set(FreeRDP_SupportDynamicChannels, true);
    setter.set(FreeRDP_SynchronousDynamicChannels, true);
    setter.set(FreeRDP_RedirectClipboard, request.clipboard);
    setter.set(FreeRDP_ClipboardFeatureMask,
        request.clipboard
            ? std::uint32_t { CLIPRDR_FLAG_LOCAL_TO_REMOTE | CLIPRDR_FLAG_REMOTE_TO_LOCAL }
            : std::uint32_t { 0 });
    setter.set(FreeRDP_DeviceRedirection, false);
    setter.set(FreeRDP_RedirectDrives, false);
    setter.set(FreeRDP_RedirectPrinters, false);
    setter.set(FreeRDP_RedirectSmartCards, false);
    setter.set(FreeRDP_AudioPlayback, false);
    setter.set(FreeRDP_AudioCapture, false);
    return setter.good();
}

bool applyCredential(rdpSettings* settings, const CredentialHandover& handover)
{
    if (!freerdp_settings_set_string(settings, FreeRDP_Username, handover.account.c_str()))
        return false;
    const std::string_view secret = handover.credential.reveal();
    return freerdp_settings_set_string_len(
        settings, FreeRDP_Password, secret.data(), secret.size());
}

void wipeCredential(rdpSettings* settings)
{
    char* secret = freerdp_settings_get_string_writable(settings, FreeRDP_Password);
    if (secret != nullptr)
        explicit_bzero(secret, std::strlen(secret));
    // Refusal would leave an overwritten string: just as good.
    static_cast<void>(freerdp_settings_set_string(settings, FreeRDP_Password, nullptr) == TRUE);
}

}
