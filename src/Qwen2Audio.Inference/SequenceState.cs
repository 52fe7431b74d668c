using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Inference;

/// <summary>
/// State of sequences in float32. An operator's site takes its memory when it is first used, and keeps it: keys and values of as many rows as a
/// slot can hold or, under an attention window, of those that later rows can see; so an endless stream costs no more than its beginning.
/// A row's place is its position in its sequence; a new sequence in a slot writes over the old one.
/// </summary>
/// <param name="slots">Sequences that can be computed at the same time.</param>
/// <param name="capacity">Rows that a sequence can have; <see cref="Endless"/> where every attention has a window.</param>
public sealed class SequenceState(int slots, int capacity = SequenceState.Endless) : IState, IDisposable
{
    /// <summary>A capacity that only the number of a position bounds.</summary>
    public const int Endless = int.MaxValue;

    private readonly List<Site?> _sites = [];
    private bool _disposed;

    /// <inheritdoc/>
    public int Slots { get; } = slots > 0 ? slots : throw new ArgumentOutOfRangeException(nameof(slots), slots, "One slot at least.");

    /// <summary>Rows that a sequence can have.</summary>
    public int Capacity { get; } = capacity > 0 ? capacity : throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "One row at least.");

    /// <summary>Memory held, in bytes.</summary>
    public long Bytes => _sites.Sum(site => site?.Bytes ?? 0);

    /// <summary>
    /// Lets a sequence in slot <paramref name="to"/> go on as the one in slot <paramref name="from"/>, of whose keys and values it has those before
    /// row <paramref name="start"/> already.
    /// </summary>
    /// <exception cref="ArgumentException">No such slots, or rows that a slot does not have.</exception>
    public void CopyRows(int from, int to, int start, int rows)
    {
        if ((uint)from >= (uint)Slots || (uint)to >= (uint)Slots) throw new ArgumentException($"Slots {from} and {to}; the state has {Slots}.");
        if (start < 0 || rows < 0 || start > Capacity - rows)
            throw new ArgumentException($"Rows {start}…{start + rows - 1} of a slot, which holds {Capacity} rows.");
        foreach (var site in _sites) site?.Copy(from, to, start, rows);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        foreach (var site in _sites) site?.Dispose();
        _sites.Clear();
    }

    /// <summary>The keys and values of a site.</summary>
    /// <exception cref="ArgumentException">The site is another operator's.</exception>
    internal KeyValueSite Keys(int site, int width, int window)
    {
        if (At(site) is null) _sites[site] = new KeyValueSite(Slots, Capacity, width, window);
        return _sites[site] is KeyValueSite keys && keys.Width == width && keys.Window == window ? keys : throw Other(site);
    }

    /// <summary>Rows of a fixed number that a site keeps in each slot.</summary>
    /// <exception cref="ArgumentException">The site is another operator's.</exception>
    internal RowSite Rows(int site, int rows, int columns)
    {
        if (At(site) is null) _sites[site] = new RowSite(Slots, rows, columns);
        return _sites[site] is RowSite held && held.Rows == rows && held.Columns == columns ? held : throw Other(site);
    }

    private Site? At(int site)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(site);
        while (_sites.Count <= site) _sites.Add(null);
        return _sites[site];
    }

    private static ArgumentException Other(int site) => new($"Site {site} of the state holds what another operator left behind.");

    /// <summary>What one operator keeps.</summary>
    internal abstract class Site(int slots) : IDisposable
    {
        protected int Slots => slots;

        public abstract long Bytes { get; }

        public abstract void Copy(int from, int to, int start, int rows);

        public abstract void Dispose();

        protected void Check(int slot)
        {
            if ((uint)slot >= (uint)slots) throw new ArgumentException($"Slot {slot}; the state has {slots}.");
        }
    }
}
