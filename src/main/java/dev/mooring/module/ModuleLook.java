package dev.mooring.module;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one module.
 *
 * @param name by which clients open it
 * @param digest of what is served under the name; null if nothing is
 * @param refusal why its file isn't let in; null if it is
 * @param moduleBytes how long its file is
 * @param imageBytes how large a session's memory is when it begins
 * @param preinitialised whether its initialisation ran once, for all sessions
 * @param isChecked whether it had to be stopped so often that all of its calls are checked
 * @param exports the signatures of what may be called
 * @param largeFunctions its largest functions, which the JVM may not compile: index and bytes of
 *     bytecode
 */
public record ModuleLook(
    String name,
    @Nullable String digest,
    @Nullable String refusal,
    long moduleBytes,
    long imageBytes,
    boolean preinitialised,
    boolean isChecked,
    List<String> exports,
    List<String> largeFunctions) {
  public ModuleLook {
    exports = List.copyOf(exports);
    largeFunctions = List.copyOf(largeFunctions);
  }
}
