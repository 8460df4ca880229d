package dev.mooring.session;

import dev.mooring.guest.GuestModule;

/** Finds modules for sessions. */
public interface ModuleSource {
  /**
   * Finds a module and compiles it, unless that was done before.
   *
   * @param reference {@code NAME}, {@code NAME@sha256:HEX} or {@code sha256:HEX}
   * @param answer called once, on any thread, perhaps before this method returns
   */
  void find(String reference, Answer answer);

  /** What came of it. */
  interface Answer {
    /**
     * It is there.
     *
     * @param limits what one session of it may use
     */
    void found(GuestModule module, SessionLimits limits);

    /** The problem's code is of the opening's scope, or it is our own failure. */
    void notFound(Problem problem);
  }
}
