using Qwen2Audio.Formats;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Losses;

namespace Qwen2Audio.Golden.Tests;

/// <summary>A recorded batch [rows, columns] without its padding: what is behind the mask lies one sequence behind the other.</summary>
internal sealed record RecordedBatch(int[] Ids, int[] Targets, Layout Rows, int[] Places)
{
    public static RecordedBatch Read(ITensorSource source)
    {
        var shape = source.Tensors["input_ids"].Shape;
        var (rows, columns) = ((int)shape[0], (int)shape[1]);
        var ids = source.ReadInt64s("input_ids");
        var labels = source.ReadInt64s("labels");
        var mask = source.Tensors.ContainsKey("attention_mask") ? source.ReadInt64s("attention_mask") : null;
        List<int> kept = [], targets = [], lengths = [], places = [];
        for (var r = 0; r < rows; r++)
        {
            var before = kept.Count;
            for (var c = 0; c < columns; c++)
            {
                var place = r * columns + c;
                if (mask is not null && mask[place] == 0) continue;
                kept.Add((int)ids[place]);
                places.Add(place);
                targets.Add(c + 1 < columns ? (int)labels[place + 1] : CrossEntropyLoss.LeftOut); // column c predicts column c + 1
            }

            lengths.Add(kept.Count - before);
        }

        return new RecordedBatch([.. kept], [.. targets], Layout.Of([.. lengths]), [.. places]);
    }
}
