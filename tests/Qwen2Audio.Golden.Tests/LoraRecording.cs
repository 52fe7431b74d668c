using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Losses;

namespace Qwen2Audio.Golden.Tests;

/// <summary>A folder training-lora*: peft's inputs and outputs.</summary>
internal sealed class LoraRecording : IDisposable
{
    private readonly string _folder;
    private readonly JsonDocument _expected;

    public LoraRecording(string folder)
    {
        _folder = folder;
        _expected = JsonDocument.Parse(System.IO.File.ReadAllBytes(Fixtures.Locate(folder, "expected.json")));
        File = SafetensorsFile.Open(Fixtures.Locate(folder, "expected.safetensors"));
    }

    public JsonElement Expected => _expected.RootElement;

    public SafetensorsFile File { get; }

    public string Base => Fixtures.Locate(_folder, "base");

    public string Merged => Fixtures.Locate(_folder, "merged");

    public string Locate(string name) => Fixtures.Locate(_folder, name);

    public AdapterFolder Adapter(string name) => AdapterFolder.Open(Locate(name));

    public double Tolerance(string name) => Expected.GetProperty("tolerances").GetProperty(name).GetProperty("tolerance").GetDouble();

    /// <summary>Rows of a batch without padding; column t predicts column t + 1.</summary>
    public (int[] Ids, int[] Targets, Layout Rows) Batch(int index)
    {
        var shape = File.Tensors["input_ids"].Shape;
        var (rows, columns) = ((int)shape[1], (int)shape[2]);
        var (ids, mask, labels) = (File.ReadInt32s("input_ids"), File.ReadInt32s("attention_mask"), File.ReadInt32s("labels"));
        List<int> kept = [], targets = [], lengths = [];
        for (var r = index * rows; r < (index + 1) * rows; r++)
        {
            var before = kept.Count;
            for (var place = r * columns; place < (r + 1) * columns; place++)
            {
                if (mask[place] == 0) continue;
                kept.Add(ids[place]);
                targets.Add(place + 1 < (r + 1) * columns ? labels[place + 1] : CrossEntropyLoss.LeftOut);
            }

            lengths.Add(kept.Count - before);
        }

        return ([.. kept], [.. targets], Layout.Of([.. lengths]));
    }

    public void Dispose()
    {
        File.Dispose();
        _expected.Dispose();
    }
}
