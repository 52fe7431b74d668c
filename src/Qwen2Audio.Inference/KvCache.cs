using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference;

/// <summary>
/// Keys and values of earlier rows in float32: slots × layers × capacity rows, taken at once, so that nothing grows while decoding.
/// A row's place is its position in its sequence; a new sequence in a slot writes over the old one.
/// </summary>
public sealed class KvCache : ICache, IDisposable
{
    private readonly int _slots;
    private readonly int _layers;
    private readonly int _width;
    private readonly NativeBuffer _keys;
    private readonly NativeBuffer _values;

    /// <summary>Takes the memory.</summary>
    /// <param name="slots">Sequences that can be decoded at the same time.</param>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="capacity">Rows that a slot can hold.</param>
    /// <param name="width">Numbers of a row's keys: key/value heads × head width.</param>
    public KvCache(int slots, int layers, int capacity, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(slots);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(layers);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        (_slots, _layers, Capacity, _width) = (slots, layers, capacity, width);
        var length = checked((long)slots * layers * capacity * width);
        _keys = new NativeBuffer(length);
        _values = new NativeBuffer(length);
    }

    /// <inheritdoc/>
    public int Capacity { get; }

    /// <summary>Sequences that can be decoded at the same time.</summary>
    public int Slots => _slots;

    /// <summary>Memory held, in bytes.</summary>
    public long Bytes => (_keys.Length + _values.Length) * sizeof(float);

    /// <summary>
    /// Stores keys and values of the rows from <paramref name="position"/> on and returns those of all rows from 0 to the last one.
    /// </summary>
    /// <exception cref="ArgumentException">No such slot or layer, another width, or more rows than the slot can hold.</exception>
    internal (Matrix Keys, Matrix Values) Append(int layer, int slot, int position, Matrix keys, Matrix values)
    {
        if ((uint)slot >= (uint)_slots) throw new ArgumentException($"Slot {slot}; the cache has {_slots}.");
        if ((uint)layer >= (uint)_layers) throw new ArgumentException($"Layer {layer}; the cache has {_layers}.");
        if (keys.Columns != _width || values.Columns != _width)
            throw new ArgumentException($"Keys of {keys.Columns} and values of {values.Columns} numbers; the cache holds {_width}.");
        if (position < 0 || position > Capacity - keys.Rows)
        {
            throw new ArgumentException(
                $"Rows {position}…{position + keys.Rows - 1} do not fit into slot {slot}, which holds {Capacity} rows.");
        }

        var end = position + keys.Rows;
        var offset = ((long)slot * _layers + layer) * Capacity * _width;
        var allKeys = _keys.Matrix(end, _width, offset);
        var allValues = _values.Matrix(end, _width, offset);
        allKeys.RowRange(position, keys.Rows).CopyFrom(keys);
        allValues.RowRange(position, values.Rows).CopyFrom(values);
        return (allKeys, allValues);
    }

    /// <summary>Copies the rows from <paramref name="start"/> on of every layer from one slot to another.</summary>
    /// <exception cref="ArgumentException">No such slots, or rows that a slot does not have.</exception>
    public void CopyRows(int from, int to, int start, int rows)
    {
        if ((uint)from >= (uint)_slots || (uint)to >= (uint)_slots) throw new ArgumentException($"Slots {from} and {to}; the cache has {_slots}.");
        if (start < 0 || rows < 0 || start > Capacity - rows)
            throw new ArgumentException($"Rows {start}…{start + rows - 1} of a slot, which holds {Capacity} rows.");
        for (var layer = 0; layer < _layers; layer++)
        {
            var source = (((long)from * _layers + layer) * Capacity + start) * _width;
            var target = (((long)to * _layers + layer) * Capacity + start) * _width;
            _keys.Matrix(rows, _width, target).CopyFrom(_keys.Matrix(rows, _width, source));
            _values.Matrix(rows, _width, target).CopyFrom(_values.Matrix(rows, _width, source));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }
}
