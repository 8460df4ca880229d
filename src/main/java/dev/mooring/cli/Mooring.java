package dev.mooring.cli;

/** The command's entry. */
public final class Mooring {
  private Mooring() {}

  public static void main(String[] arguments) {
    System.out.println("mooring");
  }
}
