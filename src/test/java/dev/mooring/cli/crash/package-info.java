/**
 * What becomes of kept sessions when their server ends as it mustn't, or as it does at each
 * release: the distribution in a process of its own, under load of the bundled client.
 */
@NullMarked
package dev.mooring.cli.crash;

import org.jspecify.annotations.NullMarked;
