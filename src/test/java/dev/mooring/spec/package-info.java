/**
 * The WebAssembly specification's own test suite, in process and over the wire. Its data lies
 * beside the checkout, in {@code ../shared/spec-suite}, where a README tells its format.
 */
@NullMarked
package dev.mooring.spec;

import org.jspecify.annotations.NullMarked;
