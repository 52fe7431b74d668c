using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Stored;

namespace Qwen2Audio.Training.Ops;

/// <summary>Where the numbers of frozen parameters lie: a block of their own each, or the checkpoint's mapped file.</summary>
internal static class FrozenStorage
{
    private const int NumbersAtOnce = 1 << 24;

    /// <summary>Gives a parameter its numbers from the source, mapped when it is a matrix of a type that products know; zeros without a source.</summary>
    /// <returns>The block to be disposed of, if one was needed.</returns>
    public static NativeBuffer? Place(Parameter parameter, ITensorSource? source)
    {
        parameter.IsFixed = true;
        if (source is not null && TypeOf(parameter, source) is { } type)
        {
            var bytes = source.Map(parameter.Name);
            parameter.Stored = new StoredMatrix(bytes.Address, bytes.Length, type, parameter.Rows, parameter.Columns);
            return null;
        }

        var block = new NativeBuffer(parameter.Length);
        parameter.Value = block.Matrix(parameter.Rows, parameter.Columns);
        if (source is not null) Read(source, parameter);
        return block;
    }

    /// <summary>Reads all numbers of a parameter that is not stored.</summary>
    public static void Read(ITensorSource source, Parameter parameter)
    {
        var step = Math.Max(1, NumbersAtOnce / Math.Max(1, parameter.Columns));
        for (var row = 0; row < parameter.Rows; row += step)
            source.ReadFloats(parameter.Name, parameter.Value.RowRange(row, Math.Min(step, parameter.Rows - row)).Span, (long)row * parameter.Columns);
    }

    private static StoredType? TypeOf(Parameter parameter, ITensorSource source) => parameter.Shape.Count != 2 || parameter.Length == 0 ? null
        : source.Tensors[parameter.Name].DType switch
        {
            DType.F32 => StoredType.Float32,
            DType.F16 => StoredType.Float16,
            DType.BF16 => StoredType.BFloat16,
            _ => null,
        };
}
