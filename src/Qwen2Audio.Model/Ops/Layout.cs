namespace Qwen2Audio.Model.Ops;

/// <summary>
/// The sequence and position of each row. The rows of a batch are concatenated by sequence without padding, so
/// training batches, prefill and decoding of many sequences have the same form and need no padding masks.
/// </summary>
public sealed class Layout
{
    private readonly int[] _starts;
    private readonly int[] _positions;
    private readonly int[] _slots;
    private readonly int[] _firsts;
    private readonly bool[]? _ends; // null: all end

    private Layout(int[] starts, int[] positions, int[] slots, int[] firsts, bool[]? ends, bool mayShare)
    {
        _starts = starts;
        _positions = positions;
        _slots = slots;
        _firsts = firsts;
        _ends = ends;
        for (var i = 1; mayShare && i < slots.Length && !SharesSlots; i++) SharesSlots = slots.AsSpan(0, i).Contains(slots[i]);
    }

    /// <summary>First row of each sequence, followed by the number of rows: sequences + 1 values.</summary>
    public ReadOnlySpan<int> Starts => _starts;

    /// <summary>Position of each row within its sequence, counting rows already in a state.</summary>
    public ReadOnlySpan<int> Positions => _positions;

    /// <summary>The slot of each sequence in a state.</summary>
    public ReadOnlySpan<int> Slots => _slots;

    /// <summary>
    /// Whether several sequences share a slot: in one pass they all continue from its rows, and their own rows overwrite each
    /// other.
    /// </summary>
    public bool SharesSlots { get; }

    /// <summary>Number of sequences.</summary>
    public int Sequences => _slots.Length;

    /// <summary>Number of rows.</summary>
    public int Rows => _positions.Length;

    /// <summary>Number of rows of a sequence.</summary>
    public int Length(int sequence) => _starts[sequence + 1] - _starts[sequence];

    /// <summary>Number of earlier rows of a sequence.</summary>
    public int FirstPosition(int sequence) => _firsts[sequence];

    /// <summary>Whether a sequence ends with these rows; if not, more follow, and padding at its end comes later.</summary>
    public bool Ends(int sequence) => _ends is null || _ends[sequence];

    /// <summary>Whether every sequence is complete.</summary>
    public bool IsWhole => (_ends is null || _ends.AsSpan().IndexOf(false) < 0) && !_firsts.AsSpan().ContainsAnyExcept(0);

    /// <summary>Complete sequences of the given lengths from position 0, sequence i in slot i.</summary>
    public static Layout Of(params ReadOnlySpan<int> lengths)
    {
        Span<int> zeros = lengths.Length <= 256 ? stackalloc int[lengths.Length] : new int[lengths.Length];
        zeros.Clear();
        return Continuing(lengths, zeros);
    }

    /// <summary>The last rows of sequences that already have <paramref name="firstPositions"/> rows in a state; by default sequence i is in slot i.</summary>
    public static Layout Continuing(ReadOnlySpan<int> lengths, ReadOnlySpan<int> firstPositions, ReadOnlySpan<int> slots = default) =>
        Of(lengths, firstPositions, ends: null, slots);

    /// <summary>Rows of sequences that continue after these rows unless they <paramref name="ends"/>.</summary>
    public static Layout Pieces(
        ReadOnlySpan<int> lengths, ReadOnlySpan<int> firstPositions, ReadOnlySpan<bool> ends, ReadOnlySpan<int> slots = default) =>
        Of(lengths, firstPositions, ends.ToArray(), slots);

    private static Layout Of(ReadOnlySpan<int> lengths, ReadOnlySpan<int> firstPositions, bool[]? ends, ReadOnlySpan<int> slots)
    {
        var starts = new int[lengths.Length + 1];
        for (var i = 0; i < lengths.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(lengths[i]);
            starts[i + 1] = checked(starts[i] + lengths[i]);
        }

        var positions = new int[starts[^1]];
        var places = new int[lengths.Length];
        for (var i = 0; i < lengths.Length; i++)
        {
            _ = checked(firstPositions[i] + lengths[i]);
            for (var j = 0; j < lengths[i]; j++) positions[starts[i] + j] = firstPositions[i] + j;
            places[i] = slots.IsEmpty ? i : slots[i];
        }

        return new Layout(starts, positions, places, firstPositions[..lengths.Length].ToArray(), ends, mayShare: !slots.IsEmpty);
    }

    /// <summary>The layout of a convolution's output rows; for pieces, only rows that later rows cannot change.</summary>
    public Layout Convolved(in ConvSpec spec) => Made(spec.OutputLength);

    /// <summary>The layout of a transposed convolution's output rows; for pieces, only rows that later rows cannot change.</summary>
    public Layout Convolved(in TransposedConvSpec spec) => Made(spec.OutputLength);

    /// <param name="length">Number of output rows for the first rows of a sequence, and whether it ends with them.</param>
    private Layout Made(Func<int, bool, int> length)
    {
        var (firsts, lengths) = (new int[Sequences], new int[Sequences]);
        for (var i = 0; i < lengths.Length; i++)
        {
            firsts[i] = length(_firsts[i], false);
            lengths[i] = length(_firsts[i] + Length(i), Ends(i)) - firsts[i];
        }

        return Of(lengths, firsts, _ends, _slots);
    }

    /// <summary>The layout with a convolution's padding around each sequence.</summary>
    public Layout Padded(in ConvSpec spec)
    {
        var lengths = new int[Sequences];
        for (var i = 0; i < lengths.Length; i++) lengths[i] = spec.PaddedLength(Length(i));
        return Of(lengths);
    }

    /// <summary>The layout after averaging pairs of rows; an odd last row of a sequence is dropped.</summary>
    /// <exception cref="InvalidOperationException">A pair is divided between pieces.</exception>
    public Layout Halved()
    {
        var (firsts, lengths) = (new int[Sequences], new int[Sequences]);
        for (var i = 0; i < lengths.Length; i++)
        {
            if (_firsts[i] % 2 != 0 || (!Ends(i) && Length(i) % 2 != 0)) throw new InvalidOperationException("Averaging pairs of rows needs pieces of whole pairs.");
            (firsts[i], lengths[i]) = (_firsts[i] / 2, Length(i) / 2);
        }

        return Of(lengths, firsts, _ends, _slots);
    }

    /// <summary>Advances every row by the length of its sequence, for the next decoding step, without allocating.</summary>
    public void Advance()
    {
        for (var i = 0; i < Sequences; i++)
        {
            var length = Length(i);
            for (var row = _starts[i]; row < _starts[i + 1]; row++) _positions[row] += length;
            _firsts[i] += length;
        }
    }
}
