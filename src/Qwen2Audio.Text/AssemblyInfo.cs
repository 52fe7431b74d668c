using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Qwen2Audio.Text.Tests")]
