using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Training.Ops;

/// <summary>Storage of frozen parameters: a block of their own each, or the checkpoint's mapped file.</summary>
internal static class FrozenStorage
{
    /// <summary>Sets a parameter's value from the source, mapped if it is a matrix of a type that products support; zeros without a source.</summary>
    /// <returns>The block to dispose, if one was allocated.</returns>
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
