using System.Buffers.Binary;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Tests;

/// <summary>Event files have the format that TensorBoard reads.</summary>
public sealed class EventFileTests : TestInFolder
{
    [Fact]
    public void Records_have_the_lengths_and_checksums_of_the_format()
    {
        string path;
        using (var file = EventFile.Create(Folder, firstStep: 7))
        {
            path = file.Location;
            file.Add(7, [("loss/total", 1.5f), ("größe", -2f)]);
        }

        Assert.StartsWith("events.out.tfevents.", Path.GetFileName(path), StringComparison.Ordinal);
        var bytes = File.ReadAllBytes(path);
        var messages = new List<byte[]>();
        for (var at = 0; at < bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            Assert.Equal(Masked(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            messages.Add(bytes[(at + 12)..(at + 12 + length)]);
            Assert.Equal(Masked(messages[^1]), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)));
            at += 16 + length;
        }

        Assert.Equal(3, messages.Count);
        Assert.Equal("brain.Event:2", Encoding.UTF8.GetString(messages[0][11..]));
        Assert.Equal([0x10, 7, 0x3A, 2, 8, 1], messages[1][9..]); // step 7, session_log { status: START }
        Assert.Equal(
            [0x10, 7, 0x2A, 35, 0x0A, 17, 0x0A, 10, .. "loss/total"u8, 0x15, 0, 0, 0xC0, 0x3F, 0x0A, 14, 0x0A, 7, .. "größe"u8, 0x15, 0, 0, 0, 0xC0], messages[2][9..]);
    }

    [Fact]
    public void A_file_that_cannot_be_begun_is_closed_and_one_that_is_full_ends_with_a_whole_record()
    {
        for (var room = 0; room < 60; room++)
        {
            var full = new LimitedSpaceStream(room);
            Assert.Throws<IOException>(() => EventFile.On(full, 0));
            Assert.True(full.IsClosed);
        }

        using var tight = new LimitedSpaceStream(120);
        using var file = EventFile.On(tight, 0);
        var whole = tight.Length;
        Assert.Throws<IOException>(() => file.Add(1, [(new string('n', 100), 1)]));
        Assert.Equal(whole, tight.Length);
        file.Add(1, [("n", 1)]);
        Assert.InRange(tight.Length, whole + 1, 120);
        tight.CanBeCut = false; // not even the half record can be taken away now
        var second = tight.ToArray();
        Assert.Throws<IOException>(() => file.Add(2, [(new string('n', 100), 1)]));
        Assert.Throws<IOException>(() => file.Add(3, [("n", 1)]));
        (tight.CanBeCut, tight.Room) = (true, 1000);
        file.Add(4, [("n", 1)]);
        Assert.Equal(second, tight.ToArray()[..second.Length]);
        Assert.Equal(2 * second.Length - whole, tight.Length);
    }

    // bit by bit, from the definition of CRC-32C
    private static uint Masked(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }

        crc = ~crc;
        return unchecked(((crc >> 15) | (crc << 17)) + 0xA282EAD8u);
    }
}
