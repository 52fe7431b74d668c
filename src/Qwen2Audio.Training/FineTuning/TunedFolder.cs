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

/// <summary>What was trained, for users: a model folder of the base's kind and types with its other files, or an adapter in peft's form.</summary>
internal static class TunedFolder
{
    private const float LargestHalf = 65504;
    private const int NumbersAtOnce = 1 << 22;

    /// <summary>Writes into an existing empty folder; numbers are those of the average when one is given.</summary>
    /// <exception cref="CheckpointException">A weight is beyond the base's type.</exception>
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
            // a head that is tied to the embedding may be stored all the same
            var name = model.Text.TieWordEmbeddings && tensor.Name.EndsWith("lm_head.weight", StringComparison.Ordinal)
                ? tensor.Name.Replace("lm_head.weight", "model.embed_tokens.weight", StringComparison.Ordinal) : tensor.Name;
            if (!parameters.TryGetValue(name, out var parameter)) return null;
            var limit = tensor.DType == DType.F16 ? LargestHalf : float.MaxValue;
            return [NewTensor.Pieces(tensor.Name, tensor.DType, Shape(parameter), sink => Put(Numbers(parameter), limit, sink, folder, tensor.Name))];
        });
        if (!areKnown) EndTokens.Write(folder, ends);
    }

    // what was learned ends its turns, which a base model does not name as an end of answers
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
                throw new CheckpointException(folder, $"tensor {name}", "a number beyond the base model's type", $"at most {limit}; lower the learning rate, or begin with a base in float32 or bfloat16");
            sink.Write(piece);
        }
    }
}
