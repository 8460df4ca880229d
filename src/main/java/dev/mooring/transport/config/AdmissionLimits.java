package dev.mooring.transport.config;

import dev.mooring.setting.InvalidSetting;

/**
 * What strangers may do before they are let in, and clients beside their calls. Addresses of IPv6
 * count by their network of 64 bits, since whoever has one of those has all.
 *
 * @param handshakeMillis how long a client may take over what comes before the first message: a
 *     PROXY header, the TLS handshake
 * @param acceptsPerSecond how many connections may come from one address in the long run; 0: any
 * @param acceptBurst how many may come at once, before that counts
 * @param failedOpensPerMinute how many sessions may fail to open from one address, for what the
 *     client asked; 0: any
 * @param addresses how many addresses are remembered for these rates; those that were heard of
 *     least lately are forgotten
 * @param pingsPerSecond how many pings one client may send; 0: any
 * @param cancelsPerSecond how many cancels one client may send; 0: any
 * @param streams how many streams a connection may have at once, where it has any
 * @param streamlessMillis how long such a connection may be without one
 */
public record AdmissionLimits(
    int handshakeMillis,
    int acceptsPerSecond,
    int acceptBurst,
    int failedOpensPerMinute,
    int addresses,
    int pingsPerSecond,
    int cancelsPerSecond,
    int streams,
    int streamlessMillis) {
  /** What a server allows if its operator says nothing. */
  public static final AdmissionLimits DEFAULTS =
      new AdmissionLimits(5_000, 1_000, 10_000, 300, 65_536, 1_000, 10_000, 10_000, 300_000);

  public AdmissionLimits {
    InvalidSetting.requireAtLeast(1, "handshakeMillis", handshakeMillis);
    InvalidSetting.requireAtLeast(0, "acceptsPerSecond", acceptsPerSecond);
    InvalidSetting.requireAtLeast(1, "acceptBurst", acceptBurst);
    InvalidSetting.requireAtLeast(0, "failedOpensPerMinute", failedOpensPerMinute);
    InvalidSetting.requireAtLeast(1, "addresses", addresses);
    InvalidSetting.requireAtLeast(0, "pingsPerSecond", pingsPerSecond);
    InvalidSetting.requireAtLeast(0, "cancelsPerSecond", cancelsPerSecond);
    InvalidSetting.requireAtLeast(1, "streams", streams);
    InvalidSetting.requireAtLeast(1, "streamlessMillis", streamlessMillis);
  }

  public AdmissionLimits withHandshakeMillis(int changed) {
    return new AdmissionLimits(
        changed,
        acceptsPerSecond,
        acceptBurst,
        failedOpensPerMinute,
        addresses,
        pingsPerSecond,
        cancelsPerSecond,
        streams,
        streamlessMillis);
  }

  /** With other rates for one address. */
  public AdmissionLimits withRates(int accepts, int burst, int failedOpens) {
    return new AdmissionLimits(
        handshakeMillis,
        accepts,
        burst,
        failedOpens,
        addresses,
        pingsPerSecond,
        cancelsPerSecond,
        streams,
        streamlessMillis);
  }

  /** With other rates for one client, each in a second. */
  public AdmissionLimits withFloods(int pings, int cancels) {
    return new AdmissionLimits(
        handshakeMillis,
        acceptsPerSecond,
        acceptBurst,
        failedOpensPerMinute,
        addresses,
        pings,
        cancels,
        streams,
        streamlessMillis);
  }

  /** With other bounds for a connection that has streams. */
  public AdmissionLimits withStreams(int most, int withoutMillis) {
    return new AdmissionLimits(
        handshakeMillis,
        acceptsPerSecond,
        acceptBurst,
        failedOpensPerMinute,
        addresses,
        pingsPerSecond,
        cancelsPerSecond,
        most,
        withoutMillis);
  }
}
