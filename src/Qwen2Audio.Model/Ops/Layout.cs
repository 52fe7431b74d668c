namespace Qwen2Audio.Model.Ops;

/// <summary>
/// Which sequence and position each row belongs to. The rows of a batch lie one sequence behind the other without padding, so
/// training batches, prefill and decoding of many sequences have one form and there are no padding masks.
/// </summary>
public sealed class Layout
{
    private readonly int[] _starts;
    private readonly int[] _positions;
    private readonly int[] _slots;

    private Layout(int[] starts, int[] positions, int[] slots, bool mayShare)
    {
        _starts = starts;
        _positions = positions;
        _slots = slots;
        for (var i = 1; mayShare && i < slots.Length && !SharesSlots; i++) SharesSlots = slots.AsSpan(0, i).Contains(slots[i]);
    }

    /// <summary>First row of each sequence, and the number of rows at the end: count + 1 numbers.</summary>
    public ReadOnlySpan<int> Starts => _starts;

    /// <summary>Position of each row within its sequence, rows already in a cache counted.</summary>
    public ReadOnlySpan<int> Positions => _positions;

    /// <summary>Cache place of each sequence.</summary>
    public ReadOnlySpan<int> Slots => _slots;

    /// <summary>
    /// Whether several sequences have one slot: they go on, in one pass, from the rows that it has; those that they add to it are written
    /// over each other.
    /// </summary>
    public bool SharesSlots { get; }

    /// <summary>Number of sequences.</summary>
    public int Sequences => _slots.Length;

    /// <summary>Number of rows.</summary>
    public int Rows => _positions.Length;

    /// <summary>Rows of a sequence.</summary>
    public int Length(int sequence) => _starts[sequence + 1] - _starts[sequence];

    /// <summary>Whole sequences of the given lengths from position 0, sequence i in slot i.</summary>
    public static Layout Of(params ReadOnlySpan<int> lengths)
    {
        Span<int> zeros = lengths.Length <= 256 ? stackalloc int[lengths.Length] : new int[lengths.Length];
        zeros.Clear();
        return Continuing(lengths, zeros);
    }

    /// <summary>Sequences of which <paramref name="firstPositions"/> rows are in a cache already; sequence i in slot i unless given.</summary>
    public static Layout Continuing(ReadOnlySpan<int> lengths, ReadOnlySpan<int> firstPositions, ReadOnlySpan<int> slots = default)
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
            for (var j = 0; j < lengths[i]; j++) positions[starts[i] + j] = firstPositions[i] + j;
            places[i] = slots.IsEmpty ? i : slots[i];
        }

        return new Layout(starts, positions, places, mayShare: !slots.IsEmpty);
    }

    /// <summary>The layout of the rows that a convolution makes of these.</summary>
    public Layout Convolved(in ConvSpec spec)
    {
        var lengths = new int[Sequences];
        for (var i = 0; i < lengths.Length; i++) lengths[i] = spec.OutputLength(Length(i));
        return Of(lengths);
    }

    /// <summary>The layout of the rows that a transposed convolution makes of these.</summary>
    public Layout Convolved(in TransposedConvSpec spec)
    {
        var lengths = new int[Sequences];
        for (var i = 0; i < lengths.Length; i++) lengths[i] = spec.OutputLength(Length(i));
        return Of(lengths);
    }

    /// <summary>The layout of these rows with the padding of a convolution around each sequence.</summary>
    public Layout Padded(in ConvSpec spec)
    {
        var lengths = new int[Sequences];
        for (var i = 0; i < lengths.Length; i++) lengths[i] = spec.PaddedLength(Length(i));
        return Of(lengths);
    }

    /// <summary>The layout after averaging pairs of rows; an odd last row is dropped.</summary>
    public Layout Halved()
    {
        var lengths = new int[Sequences];
        for (var i = 0; i < lengths.Length; i++) lengths[i] = Length(i) / 2;
        return Of(lengths);
    }

    /// <summary>Moves every row on by its sequence's number of rows: the next step of decoding, without a new object.</summary>
    public void Advance()
    {
        for (var i = 0; i < Sequences; i++)
        {
            var length = Length(i);
            for (var row = _starts[i]; row < _starts[i + 1]; row++) _positions[row] += length;
        }
    }
}
