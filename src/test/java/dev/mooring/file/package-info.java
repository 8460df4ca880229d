@NullMarked
package dev.mooring.file;

import org.jspecify.annotations.NullMarked;
