using System.Numerics.Tensors;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Text.Chat;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>Writes the result for users: a model folder of the base's kind and types with its other files, or an adapter in peft's format.</summary>
internal static class TunedFolder
{
    private const float LargestHalf = 65504;
    private const int NumbersAtOnce = 1 << 22;

    /// <summary>Writes into an existing empty folder; uses the average if one is given.</summary>
    /// <exception cref="CheckpointException">A weight exceeds the range of the base's type.</exception>
    public static void Write(string folder, BaseModel model, TrainedModel trained, WeightAverage? average)
    {
        Matrix Numbers(Parameter parameter) => average?.Of(parameter) ?? parameter.Value;
        var ends = Ends(model, out var areKnown);
        if (trained.Adapter is { } adapter)
        {
            AdapterFolder.WriteInto(folder, adapter.Config, adapter.Parameters.Select(item =>
                NewTensor.Pieces(item.Name, DType.F32, Shape(item.Parameter), sink => Put(Numbers(item.Parameter), float.MaxValue, sink, folder, item.Name))));
            EndTokens.Write(folder, ends);
            return;
        }

        var parameters = trained.Parameters.Parameters.Where(parameter => parameter.Trained).ToDictionary(parameter => parameter.Name, StringComparer.Ordinal);
        DerivedFolder.WriteInto(((ModelFolder)model.Source).Checkpoint, folder, tensor =>
        {
            // a tied head may nevertheless be stored
            var name = model.Text.TieWordEmbeddings && tensor.Name.EndsWith("lm_head.weight", StringComparison.Ordinal)
                ? tensor.Name.Replace("lm_head.weight", "model.embed_tokens.weight", StringComparison.Ordinal) : tensor.Name;
            if (!parameters.TryGetValue(name, out var parameter)) return null;
            var limit = tensor.DType == DType.F16 ? LargestHalf : float.MaxValue;
            return [NewTensor.Pieces(tensor.Name, tensor.DType, Shape(parameter), sink => Put(Numbers(parameter), limit, sink, folder, tensor.Name))];
        });
        if (!areKnown) EndTokens.Write(folder, ends);
    }

    // the end of a turn, which training has taught, is added to the end tokens: a base model may not list it
    private static IReadOnlyList<int> Ends(BaseModel model, out bool areKnown)
    {
        var (controls, ends) = (model.Tokenizer.ControlTokens, EndTokens.OfModel(model.Source));
        areKnown = !controls.TryGetValue(ControlNames.TurnEnd, out var turnEnd) || ends.Contains(turnEnd);
        if (areKnown) return ends;
        return ends.Count == 0 && controls.TryGetValue(ControlNames.EndOfText, out var textEnd) ? [turnEnd, textEnd] : [turnEnd, .. ends];
    }

    private static long[] Shape(Parameter parameter) => [.. parameter.Shape.Select(size => (long)size)];

    private static void Put(Matrix numbers, float limit, TensorSink sink, string folder, string name)
    {
        var step = Math.Clamp(NumbersAtOnce / Math.Max(1, numbers.Columns), 1, Math.Max(1, numbers.Rows));
        for (var row = 0; row < numbers.Rows; row += step)
        {
            var piece = numbers.RowRange(row, Math.Min(step, numbers.Rows - row)).Span;
            if (piece.Length > 0 && !(TensorPrimitives.MaxMagnitude<float>(piece) <= limit))
                throw new CheckpointException(folder, $"tensor {name}", "a number beyond the base model's type", $"at most {limit}; lower the learning rate, or use a base in float32 or bfloat16");
            sink.Write(piece);
        }
    }
}
