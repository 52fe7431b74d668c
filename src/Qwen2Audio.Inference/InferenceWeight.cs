using Qwen2Audio.Inference.Adapters;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Norms;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Stored;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Inference;

/// <summary>
/// A weight in the form that the operators using it read: packed for products, row-major for vectors and tables; or, when a product's
/// weight or a table has a <see cref="Stored"/> form, where and as it is stored. It is read at first use and kept once: a table that a
/// product asks for too (tied embeddings) gives up its rows and is read from the packed form.
/// </summary>
internal sealed class InferenceWeight : IWeight, IDisposable
{
    private readonly int[] _shape;
    private Action<Matrix>? _read;
    private NativeBuffer? _plain;
    private PackedMatrix? _packed;
    private readonly Func<StoredMatrix>? _map;
    private StoredMatrix? _stored;
    private PackedMatrix[]? _kernels;
    private KernelForm _form;
    private InferenceWeight? _normed;

    /// <summary>Describes a weight; nothing is read yet.</summary>
    /// <param name="name">The name in the checkpoint.</param>
    /// <param name="shape">The shape as published.</param>
    /// <param name="read">Fills a matrix of shape[0] rows (1 for a vector) with all numbers, row-major as published.</param>
    /// <param name="map">Finds the numbers of a weight [out, in] where they are stored; they must stay there. Null: it is packed.</param>
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

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> Shape => _shape;

    /// <summary>Memory held, in bytes.</summary>
    public long Bytes => (_plain?.Length ?? 0) * sizeof(float) + (_packed?.Bytes ?? 0)
        + (_kernels?.Sum(kernel => kernel.Bytes) ?? 0) + (_normed?.Bytes ?? 0);

    /// <summary>What is added to the products of this weight; null: nothing.</summary>
    internal InferenceLowRank? Adapter { get; set; }

    /// <summary>The weight that an adapter puts in the place of this one in products, norms and biases; null: none.</summary>
    internal InferenceWeight? Replacement { get; set; }

    /// <summary>As <see cref="Replacement"/>, where rows are looked up.</summary>
    internal InferenceWeight? RowReplacement { get; set; }

    /// <summary>Whether products and table look-ups use the numbers where they are stored.</summary>
    internal bool IsStored => _map is not null;

    /// <summary>The numbers [out, in] where they are stored.</summary>
    internal StoredMatrix Stored
    {
        get
        {
            ObjectDisposedException.ThrowIf(_read is null, this); // the mapping may be gone
            return _stored ??= _map!();
        }
    }

    private int Rows { get; }

    private int Columns { get; }

    /// <summary>All numbers row-major, [shape[0], rest] or [1, n] for a vector.</summary>
    internal Matrix Plain()
    {
        if (_plain is null)
        {
            if (IsStored) throw new InvalidOperationException($"{Name} stays as it is stored; its rows can only be copied.");
            if (_packed is not null) throw new InvalidOperationException($"{Name} is held for products; its rows can only be copied.");
            _plain = Read();
        }

        return _plain.Matrix(Rows, Columns);
    }

    /// <summary>The weight [out, in] as right operand x · weightᵀ.</summary>
    internal PackedMatrix Packed(WorkerPool pool)
    {
        if (_kernels is not null) throw new InvalidOperationException($"{Name} is held as a convolution kernel.");
        if (_packed is null)
        {
            var plain = _plain ?? Read();
            _packed = PackedMatrix.Pack(pool, plain.Matrix(Rows, Columns), transposeB: true);
            plain.Dispose();
            _plain = null;
        }

        return _packed;
    }

    /// <summary>A convolution kernel as right operands, one for each group.</summary>
    internal ReadOnlySpan<PackedMatrix> Kernel(WorkerPool pool, in KernelForm form)
    {
        if (_kernels is null)
        {
            if (_packed is not null) throw new InvalidOperationException($"{Name} is held for products.");
            using var plain = Read();
            _kernels = form.Pack(pool, plain.Matrix(Rows, Columns));
            _form = form;
        }

        return _form == form ? _kernels : throw new InvalidOperationException($"{Name} is held as {_form}, not as {form}.");
    }

    /// <summary>The kernel of which this is the direction and <paramref name="length"/> the length: computed at its first use.</summary>
    internal InferenceWeight NormedBy(WorkerPool pool, InferenceWeight length) => _normed ??= new InferenceWeight(Name, _shape, w =>
    {
        ObjectDisposedException.ThrowIf(_read is null, this);
        _read(w);
        var lengths = length.Plain();
        WeightNorm.Forward(pool, w, lengths.Reshape(w.Rows, 1), w);
    });

    /// <summary>Row i of y becomes row ids[i] of this table.</summary>
    internal void CopyRows(WorkerPool pool, ReadOnlySpan<int> ids, Matrix y)
    {
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)Rows)
                throw new ArgumentOutOfRangeException(nameof(ids), id, $"{Name} has rows 0…{Rows - 1}.");
        }

        if (IsStored) for (var i = 0; i < ids.Length; i++) Stored.CopyRow(ids[i], y.Row(i));
        else if (_packed is null) RowGather.Forward(pool, Plain(), ids, y);
        else for (var i = 0; i < ids.Length; i++) _packed.CopyColumn(ids[i], y.Row(i));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _plain?.Dispose();
        _packed?.Dispose();
        foreach (var kernel in _kernels ?? []) kernel.Dispose();
        _normed?.Dispose();
        _stored = null;
        _read = null;
    }

    private NativeBuffer Read()
    {
        ObjectDisposedException.ThrowIf(_read is null, this);
        var buffer = new NativeBuffer((long)Rows * Columns);
        _read(buffer.Matrix(Rows, Columns));
        return buffer;
    }
}
