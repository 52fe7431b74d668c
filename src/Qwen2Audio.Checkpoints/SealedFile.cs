using System.Buffers.Binary;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Checkpoints;

/// <summary>A file that begins with a magic number and a version byte, and ends with the CRC-32C of its other bytes (4 bytes, little-endian), so that no damage goes unnoticed.</summary>
internal static class SealedFile
{
    private const int Checksum = sizeof(uint);

    /// <summary>The content with its checksum.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> content)
    {
        var file = new byte[content.Length + Checksum];
        content.CopyTo(file);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(content.Length), Crc32C.Of(content));
        return file;
    }

    /// <summary>The content of a file: magic number, version and what follows, without the checksum.</summary>
    /// <param name="file">It begins with the magic number.</param>
    /// <param name="magic">Length of the magic number.</param>
    /// <param name="version">The version that is read.</param>
    /// <param name="command">The command that writes it.</param>
    /// <param name="path">Its path.</param>
    /// <exception cref="CheckpointException">It has another version or checksum.</exception>
    public static byte[] Open(byte[] file, int magic, byte version, string command, string path)
    {
        if (file.Length <= magic || file[magic] != version)
            throw new CheckpointException(path, $"byte {magic}", file.Length <= magic ? "the end of the file" : $"version {file[magic]}", $"version {version}; the command {command} writes it");
        var end = Math.Max(magic + 1, file.Length - Checksum);
        var content = file.AsSpan(0, end).ToArray();
        return file.Length - end == Checksum && BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(end)) == Crc32C.Of(content) ? content
            : throw new CheckpointException(path, $"byte {end}", "another checksum", "that of the bytes before it; the file is damaged or cut off");
    }
}
