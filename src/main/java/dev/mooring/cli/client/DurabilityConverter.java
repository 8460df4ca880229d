package dev.mooring.cli.client;

import dev.mooring.client.Keep;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Durabilities as people write them. */
public final class DurabilityConverter implements ITypeConverter<Keep.Durability> {
  @Override
  public Keep.Durability convert(String value) {
    for (Keep.Durability each : Keep.Durability.values()) {
      if (each.name().toLowerCase(Locale.ROOT).equals(value)) {
        return each;
      }
    }
    throw new TypeConversionException("expected memory, async or disk, got '" + value + "'");
  }
}
