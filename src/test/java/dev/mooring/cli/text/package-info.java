/** What people type and read, without a command around it. */
@NullMarked
package dev.mooring.cli.text;

import org.jspecify.annotations.NullMarked;
