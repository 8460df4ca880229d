package dev.mooring.session;

import dev.mooring.guest.GuestModule;
import java.util.function.Predicate;

/** Finds modules for sessions. */
public interface ModuleSource {
  /**
   * Finds a module and compiles it, unless that was done before.
   *
   * @param reference {@code NAME}, {@code NAME@sha256:HEX} or {@code sha256:HEX}
   * @param mayOpen which names whoever asks may open; of others the answer tells nothing, not even
   *     whether they are there. Asked on any thread.
   * @param answer called once, on any thread, perhaps before this method returns
   */
  void find(String reference, Predicate<String> mayOpen, Answer answer);

  /**
   * Finds a module for a session that was stored with it, perhaps when its file has gone, or when
   * its initialisation comes out otherwise: by its bytes and its image, whoever asks.
   *
   * @param name what it was called; its limits are those of this name
   * @param digest {@code sha256:HEX}, as is the image's
   * @param answer as above
   */
  default void recall(String name, String digest, String imageDigest, Answer answer) {
    find(digest, _ -> true, answer);
  }

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
