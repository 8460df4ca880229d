package dev.mooring.setting;

import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A setting can't be what it is: which one, and what it must be.
 *
 * <p>The message has the names by which programs know settings. Who knows them by others, as a
 * configuration file does, asks for a {@linkplain #message message} with those.
 */
public final class InvalidSetting extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String setting;
  private final String wrong;
  private final @Nullable String other;
  private final String otherIs;

  /**
   * @param wrong what follows its name: {@code is 0; it must be at least 1}
   */
  public InvalidSetting(String setting, String wrong) {
    this(setting, wrong, null, "");
  }

  private InvalidSetting(String setting, String wrong, @Nullable String other, String otherIs) {
    super(text(setting, wrong, other, otherIs));
    this.setting = setting;
    this.wrong = wrong;
    this.other = other;
    this.otherIs = otherIs;
  }

  /** Requires that a setting is no less than a number. */
  public static void requireAtLeast(long least, String setting, long value) {
    require(value >= least, setting, value, "be at least " + least);
  }

  /** Requires that a setting is not below nothing. */
  public static void requireNotNegative(String setting, long value) {
    require(value >= 0, setting, value, "not be negative");
  }

  /**
   * Requires that a setting is as it must be.
   *
   * @param wanted what it must: {@code be at most 100}
   */
  public static void require(boolean isSo, String setting, long value, String wanted) {
    if (!isSo) {
      throw new InvalidSetting(setting, "is " + value + "; it must " + wanted);
    }
  }

  /**
   * Requires that a setting is as it must be beside another.
   *
   * @param wanted what it must, up to the other's name: {@code be at least}
   */
  public static void require(
      boolean isSo, String setting, long value, String wanted, String other, long otherValue) {
    if (!isSo) {
      throw new InvalidSetting(
          setting, "is " + value + "; it must " + wanted, other, "which is " + otherValue);
    }
  }

  private static String text(String setting, String wrong, @Nullable String other, String otherIs) {
    String text = setting + " " + wrong;
    return other == null ? text : text + " " + other + ", " + otherIs;
  }

  /**
   * The settings that the message names: the one that is wrong, then the one that it depends on.
   */
  public List<String> settings() {
    return other == null ? List.of(setting) : List.of(setting, other);
  }

  /**
   * The message with other names.
   *
   * @param names gives a setting's name for the one that it has here
   */
  public String message(UnaryOperator<String> names) {
    String otherName = other == null ? null : names.apply(other);
    return text(names.apply(setting), wrong, otherName, otherIs);
  }
}
