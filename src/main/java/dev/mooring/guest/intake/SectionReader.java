package dev.mooring.guest.intake;

/** What all have that read sections in which constant expressions stand. */
abstract class SectionReader {
  final WasmReader reader;
  final TypeReader types;
  final ConstantExpression expression;
  final ModuleDraft draft;
  final IntakeLimits limits;

  SectionReader(
      WasmReader reader, ConstantExpression expression, ModuleDraft draft, IntakeLimits limits) {
    this.reader = reader;
    this.types = new TypeReader(reader);
    this.expression = expression;
    this.draft = draft;
    this.limits = limits;
  }
}
