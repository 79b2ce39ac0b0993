// For those who write a folder of their own for the storage engine.

export { storageFolderCases } from '../storage/folder/storage-folder.conformance.ts';
