package dev.mooring.conformance;

/**
 * One rule of PROTOCOL.md, and how to see whether a server keeps it.
 *
 * @param id the rule's name there, such as {@code F3}
 * @param section the heading of PROTOCOL.md that says it at length
 * @param rule the rule, as PROTOCOL.md's table has it
 * @param body does what the rule is about
 */
public record Check(String id, String section, String rule, Body body) {

  /** Talks to a server. */
  @FunctionalInterface
  public interface Body {
    /**
     * Ends normally if the server keeps the rule.
     *
     * @throws Finding if it doesn't
     * @throws Skip if this server can't be asked
     */
    void run(Target target) throws Finding, Skip;
  }

  @Override
  public String toString() {
    return "[" + id + "] " + rule;
  }
}
