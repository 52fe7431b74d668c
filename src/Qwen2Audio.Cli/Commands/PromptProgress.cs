using Qwen2Audio.Tasks.Chat;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Shows on a terminal how much of a long conversation has been processed; the line disappears at the first word of the answer.</summary>
internal sealed class PromptProgress : IDisposable
{
    private readonly ChatModel _model;
    private int _shown;

    /// <summary>Starts showing progress.</summary>
    public PromptProgress(ChatModel model)
    {
        _model = model;
        if (!Console.IsErrorRedirected) model.OnPromptPart = Show;
    }

    /// <summary>Clears the line.</summary>
    public void Clear()
    {
        if (_shown > 0) Console.Error.Write($"\r{new string(' ', _shown)}\r");
        _shown = 0;
    }

    public void Dispose()
    {
        _model.OnPromptPart = null;
        Clear();
    }

    private void Show(int done, int rows)
    {
        var text = $"… {done} of {rows} tokens of the conversation processed";
        Console.Error.Write($"\r{text}");
        _shown = text.Length;
    }
}
