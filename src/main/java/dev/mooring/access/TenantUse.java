package dev.mooring.access;

/**
 * What a tenant uses, and has come to since the server started.
 *
 * @param sessions how many it has now
 * @param guestMemoryBytes what its guests hold now
 * @param opened sessions that it was let open
 * @param refused sessions that it was not
 * @param guestNanos how long its sessions' turns ran
 * @param limits what it may use
 */
public record TenantUse(
    String name,
    int sessions,
    long guestMemoryBytes,
    long opened,
    long refused,
    long guestNanos,
    TenantLimits limits) {}
