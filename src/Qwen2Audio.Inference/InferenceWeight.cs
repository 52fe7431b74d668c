using Qwen2Audio.Inference.Adapters;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Norms;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Stored;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Inference;

/// <summary>
/// A weight in the form that its operators read: packed for products, row-major for vectors and tables, or read in place if the
/// matrix has a <see cref="Stored"/> form. It is read on first use and held once
/// (<see cref="WeightData"/>): a table that is also used in products (tied embeddings) is held packed only, a codebook that is searched in that order.
/// </summary>
internal sealed class InferenceWeight : IWeight, IDisposable
{
    private readonly int[] _shape;
    private readonly Func<StoredMatrix>? _map;
    private Action<Matrix>? _read;
    private WeightData? _held;
    private InferenceWeight? _other; // the weight that this one is combined with

    /// <summary>Describes a weight without reading it.</summary>
    /// <param name="name">The name in the checkpoint.</param>
    /// <param name="shape">The published shape.</param>
    /// <param name="read">Fills a matrix of shape[0] rows (1 for a vector) with all elements, row-major as published.</param>
    /// <param name="map">Returns the stored elements of a weight [out, in], which must stay mapped. Null: the weight is packed.</param>
    public InferenceWeight(string name, ReadOnlySpan<int> shape, Action<Matrix> read, Func<StoredMatrix>? map = null)
    {
        Name = name;
        _map = map;
        _shape = shape.ToArray();
        _read = read;
        if (_shape.Length == 0) throw new ArgumentException($"{name} has no dimensions.", nameof(shape));
        Rows = _shape.Length == 1 ? 1 : _shape[0];
        Columns = 1;
        for (var i = _shape.Length == 1 ? 0 : 1; i < _shape.Length; i++) Columns = checked(Columns * _shape[i]);
    }

    public string Name { get; }

    public IReadOnlyList<int> Shape => _shape;

    /// <summary>Memory held, in bytes.</summary>
    public long Bytes => _held?.Bytes ?? 0;

    /// <summary>The adapter whose product is added to this weight's; null: none.</summary>
    internal InferenceLowRank? Adapter { get; set; }

    /// <summary>The weight of an adapter that replaces this one in products, norms and biases; null: none.</summary>
    internal InferenceWeight? Replacement { get; set; }

    /// <summary>Like <see cref="Replacement"/>, but for embedding lookups.</summary>
    internal InferenceWeight? RowReplacement { get; set; }

    /// <summary>Whether products and lookups read the elements in place.</summary>
    internal bool IsStored => _map is not null;

    /// <summary>The stored elements [out, in].</summary>
    internal StoredMatrix Stored
    {
        get
        {
            ObjectDisposedException.ThrowIf(_read is null, this); // the file may already be unmapped
            if (_held is not StoredData stored) _held = stored = new StoredData(_map!());
            return stored.Matrix;
        }
    }

    private int Rows { get; }

    private int Columns { get; }

    /// <summary>All elements row-major, [shape[0], rest], or [1, n] for a vector.</summary>
    internal Matrix Plain()
    {
        if (_held is not RowMajorData plain)
        {
            if (IsStored) throw new InvalidOperationException($"{Name} is kept in its stored form; only CopyRows can read it.");
            if (_held is not null) throw new InvalidOperationException($"{Name} is packed for products; only CopyRows can read it.");
            _held = plain = Read();
        }

        return plain.Matrix;
    }

    /// <summary>The weight [out, in] packed as the right operand of x · weightᵀ.</summary>
    internal PackedMatrix Packed(WorkerPool pool)
    {
        if (_held is not PackedData packed)
        {
            if (_held is KernelData) throw new InvalidOperationException($"{Name} is held as a convolution kernel.");
            using var plain = _held as RowMajorData ?? Read();
            _held = packed = new PackedData(PackedMatrix.Pack(pool, plain.Matrix, transposeB: true));
        }

        return packed.Matrix;
    }

    /// <summary>The codebook [entries, dim] as it is searched: its entries, or their directions.</summary>
    internal SearchedEntries Searched(bool byDirection)
    {
        if (_held is not CodebookData codebook)
        {
            if (IsStored || _held is not (null or RowMajorData)) throw new InvalidOperationException($"{Name} is already held in another form than a codebook.");
            var plain = _held as RowMajorData ?? Read();
            if (byDirection)
            {
                using var directions = new NativeBuffer((long)Rows * Columns);
                UnitRows.Forward(plain.Matrix, directions.Matrix(Rows, Columns));
                _held = codebook = new CodebookData(new SearchedEntries(directions.Matrix(Rows, Columns)), plain);
            }
            else
            {
                _held = codebook = new CodebookData(new SearchedEntries(plain.Matrix), null);
                plain.Dispose();
            }
        }

        return codebook.ByDirection == byDirection ? codebook.Searched : throw new InvalidOperationException($"{Name} is searched in another way already.");
    }

    /// <summary>A convolution kernel packed as right operands, one for each group.</summary>
    internal ReadOnlySpan<PackedMatrix> Kernel(WorkerPool pool, in KernelLayout form)
    {
        if (_held is not KernelData kernel)
        {
            if (_held is not null) throw new InvalidOperationException($"{Name} is already packed for products.");
            using var plain = Read();
            _held = kernel = new KernelData(form.Pack(pool, plain.Matrix), form);
        }

        return kernel.Form == form ? kernel.Groups : throw new InvalidOperationException($"{Name} is packed as {kernel.Form}; requested: {form}.");
    }

    /// <summary>Weight norm: turns this weight (the direction) and <paramref name="length"/> (the norms) into one kernel, for good.</summary>
    internal InferenceWeight NormedBy(WorkerPool pool, InferenceWeight length) =>
        With(length, w => WeightNorm.Forward(pool, w, length.Plain().Reshape(w.Rows, 1), w));

    /// <summary>Divides the rows of this weight by <paramref name="counts"/>, as <see cref="QuotientWeight"/> says, for good.</summary>
    internal InferenceWeight DividedBy(InferenceWeight counts) => With(counts, w =>
    {
        for (var row = 0; row < w.Rows; row++)
        {
            var count = Math.Max(counts.Plain().Row(0)[row], QuotientWeight.MinCount);
            foreach (ref var value in w.Row(row)) value /= count;
        }
    });

    private InferenceWeight With(InferenceWeight other, Action<Matrix> change)
    {
        if (_other == other) return this;
        if (_other is not null || _held is not null) throw new InvalidOperationException($"{Name} was already read without {other.Name}.");
        if (_read is { } read)
        {
            _read = w =>
            {
                read(w);
                change(w);
            };
        }

        _other = other;
        return this;
    }

    /// <summary>Copies row ids[i] of this table to row i of y.</summary>
    internal void CopyRows(WorkerPool pool, ReadOnlySpan<int> ids, Matrix y)
    {
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)Rows)
                throw new ArgumentOutOfRangeException(nameof(ids), id, $"{Name} has rows 0…{Rows - 1}.");
        }

        if (IsStored) _ = Stored;
        else if (_held is null) _ = Plain();
        _held!.CopyRows(pool, ids, y);
    }

    public void Dispose()
    {
        _held?.Dispose();
        _read = null;
    }

    private RowMajorData Read()
    {
        ObjectDisposedException.ThrowIf(_read is null, this);
        var plain = new RowMajorData(new NativeBuffer((long)Rows * Columns), Rows, Columns);
        try
        {
            _read(plain.Matrix);
            return plain;
        }
        catch
        {
            plain.Dispose();
            throw;
        }
    }
}
