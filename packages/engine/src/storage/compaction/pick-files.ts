// Which files are written anew, together.

import type { Catalog } from '../catalog/catalog.ts';
import type { DataFile } from '../files/data-file.ts';
import type { Manifest } from '../files/manifest.ts';
import type { CompactionOptions } from '../options.ts';

/** Files that become files in order; `undefined`: all is well. */
export function pickFiles(
  files: readonly DataFile[],
  manifest: Manifest,
  options: CompactionOptions,
): readonly DataFile[] | undefined {
  const sound = files.filter(({ damage }) => damage === undefined);
  return pickLate(files, options) ?? pickSmall(sound, options) ?? pickDeleted(files, manifest, options);
}

/**
 * The oldest files out of order, with all files in order that they may overlap. The result is in order, before all others out
 * of order: so it must be the oldest, and none may be left out.
 */
function pickLate(files: readonly DataFile[], { lateFilesMax }: CompactionOptions): readonly DataFile[] | undefined {
  const late = files.filter(({ entry }) => !entry.isInOrder);
  if (late.length < lateFilesMax) return undefined;
  return withOverlapped(
    late.sort((a, b) => a.entry.flush - b.entry.flush),
    files,
  );
}

function withOverlapped(late: readonly DataFile[], files: readonly DataFile[]): readonly DataFile[] | undefined {
  const overlapped = files.filter((file) => file.entry.isInOrder && late.some((it) => it.overlaps(file)));
  const all = [...late, ...overlapped];
  return all.some(({ damage }) => damage !== undefined) ? undefined : all;
}

/** Each size class is four times as large as the one before. */
const classFactor = 4;
const smallestClassBytes = 1024 * 1024;

/** Files in order, of one size class: any of them may be merged, as none has a time of another. */
function pickSmall(
  files: readonly DataFile[],
  { mergeFiles, fileBytesMax }: CompactionOptions,
): readonly DataFile[] | undefined {
  const classes = new Map<number, DataFile[]>();
  for (const file of files) {
    const { sizeBytes } = file.entry.file;
    if (!file.entry.isInOrder || sizeBytes > fileBytesMax / 2) continue;
    const size = Math.max(0, Math.ceil(Math.log(sizeBytes / smallestClassBytes) / Math.log(classFactor)));
    const same = classes.get(size);
    if (same === undefined) classes.set(size, [file]);
    else same.push(file);
    if (classes.get(size)!.length === mergeFiles) return classes.get(size);
  }
  return undefined;
}

/** The file that has kept deletes waiting for longest. */
function pickDeleted(
  files: readonly DataFile[],
  { tombstones, appliedIndex }: Manifest,
  { tombstonesMax }: CompactionOptions,
): readonly DataFile[] | undefined {
  if (tombstones.length <= tombstonesMax) return undefined;
  const oldest = files
    .filter(({ entry, damage }) => entry.index < appliedIndex && damage === undefined)
    .sort((a, b) => a.entry.index - b.entry.index);
  for (const file of oldest) {
    if (file.entry.isInOrder) return [file];
    const late = files.filter(({ entry }) => !entry.isInOrder && entry.flush <= file.entry.flush);
    const all = withOverlapped(late, files);
    if (all !== undefined) return all;
  }
  return undefined;
}

/** Files of which every point has expired. */
export function expiredFiles(files: readonly DataFile[], { ttl }: Manifest, catalog: Catalog): readonly DataFile[] {
  const { floorMsMax } = ttl;
  return files.filter((file) => {
    if (file.damage !== undefined || !(file.entry.lastMs < floorMsMax)) return false;
    for (const ordinal of file.ordinals) {
      const device = catalog.deviceAt(ordinal);
      if (file.spanOf(device)!.lastMs >= ttl.floorMs(device.path)) return false;
    }
    return true;
  });
}
