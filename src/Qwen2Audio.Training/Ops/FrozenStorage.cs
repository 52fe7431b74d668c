using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Training.Ops;

/// <summary>Where the numbers of frozen parameters lie: a block of their own each, or the checkpoint's mapped file.</summary>
internal static class FrozenStorage
{
    /// <summary>Gives a parameter its numbers from the source, mapped when it is a matrix of a type that products know; zeros without a source.</summary>
    /// <returns>The block to be disposed of, if one was needed.</returns>
    public static NativeBuffer? Place(Parameter parameter, ITensorSource? source)
    {
        parameter.IsFixed = true;
        if (source is not null && parameter.Shape.Count == 2 && parameter.Length > 0 && source.Tensors[parameter.Name].DType.Stored() is not null)
        {
            parameter.Stored = source.MapMatrix(parameter.Name, parameter.Rows, parameter.Columns);
            return null;
        }

        var block = new NativeBuffer(parameter.Length);
        parameter.Value = block.Matrix(parameter.Rows, parameter.Columns);
        source?.ReadMatrix(parameter.Name, parameter.Value);
        return block;
    }
}
