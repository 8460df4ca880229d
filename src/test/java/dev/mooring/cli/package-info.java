/**
 * The command line: its parts by themselves, then its commands against a server, then the
 * distribution.
 */
@NullMarked
package dev.mooring.cli;

import org.jspecify.annotations.NullMarked;
