using System.Buffers.Binary;

namespace Qwen2Audio.Training.Distributed;

/// <summary>Messages of ranks outside MPI.</summary>
internal enum RankMessageKind : byte { Alive, Finished, Ended, Lost }

/// <summary>A heartbeat of fixed size: kind, rank, and place in the run.</summary>
internal readonly record struct RankMessage(RankMessageKind Sign, int Rank, RankActivity Section, long Step)
{
    public const int Bytes = 16;

    public void Write(Span<byte> bytes)
    {
        bytes.Clear();
        bytes[0] = (byte)Sign;
        bytes[1] = (byte)Section;
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], Rank);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], Step);
    }

    /// <summary>Null when the bytes are not a rank's message.</summary>
    public static RankMessage? Read(ReadOnlySpan<byte> bytes)
    {
        var (sign, section) = ((RankMessageKind)bytes[0], (RankActivity)bytes[1]);
        if (sign > RankMessageKind.Lost || section > RankActivity.Save) return null;
        return new RankMessage(sign, BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]), section, BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]));
    }
}
